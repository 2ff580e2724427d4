/**
 * The roles that every cluster has: Kubernetes' own, as far as their kinds are served, and what each of our components needs
 * (kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go).
 */
import type { ClusterRole, PolicyRule, Subject } from "../../api/rbac/rbac.ts";
import { issuerDiscoveryPaths } from "../discovery/issuer-discovery.ts";
import { everything } from "./authorizer.ts";

export interface DefaultRole {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Its rules are those of all roles with such labels. */
  readonly aggregationRule?: ClusterRole["aggregationRule"];
  /** Who is bound to it; none if absent. */
  readonly subjects?: readonly Pick<Subject, "kind" | "name">[];
}

const read = ["get", "list", "watch"] as const;
const write = ["create", "delete", "deletecollection", "patch", "update"] as const;
const core = "";

function rule(verbs: readonly string[], group: string, ...resources: readonly string[]): PolicyRule {
  return { verbs, apiGroups: [group], resources };
}

function group(name: string): Pick<Subject, "kind" | "name"> {
  return { kind: "Group", name };
}

function user(name: string): Pick<Subject, "kind" | "name"> {
  return { kind: "User", name };
}

/** Whoever serves more kinds adds to what people may do with a role that has the label. */
function partOf(role: string): Readonly<Record<string, string>> {
  return { [`rbac.authorization.k8s.io/aggregate-to-${role}`]: "true" };
}

function aggregates(role: string): ClusterRole["aggregationRule"] {
  return { clusterRoleSelectors: [{ matchLabels: partOf(role) }] };
}

const events: readonly PolicyRule[] = [
  rule(["create", "patch", "update"], core, "events"),
  rule(["create", "patch", "update"], "events.k8s.io", "events"),
];

const viewRules: readonly PolicyRule[] = [
  rule(
    read,
    core,
    "configmaps",
    "endpoints",
    "events",
    "namespaces",
    "namespaces/status",
    "pods",
    "pods/log",
  ),
  rule(read, core, "pods/status", "serviceaccounts", "services", "services/status"),
  rule(read, "apps", "deployments", "deployments/scale", "deployments/status"),
  rule(read, "apps", "replicasets", "replicasets/scale", "replicasets/status"),
  rule(read, "discovery.k8s.io", "endpointslices"),
  rule(read, "events.k8s.io", "events"),
  rule(read, "coordination.k8s.io", "leases"),
];

const editRules: readonly PolicyRule[] = [
  rule([...read, ...write], core, "secrets"),
  rule([...read, "create"], core, "pods/attach", "pods/exec", "pods/portforward"),
  rule(["create"], core, "serviceaccounts/token"),
  rule(["impersonate"], core, "serviceaccounts"),
  rule(["create"], core, "pods/eviction"),
  rule(write, core, "configmaps", "events", "pods", "serviceaccounts", "services"),
  rule(write, "apps", "deployments", "deployments/scale", "replicasets", "replicasets/scale"),
  rule(write, "events.k8s.io", "events"),
  rule(write, "coordination.k8s.io", "leases"),
];

const adminRules: readonly PolicyRule[] = [
  rule([...read, ...write], "rbac.authorization.k8s.io", "roles", "rolebindings"),
  rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
];

const proxyRules: readonly PolicyRule[] = [
  rule(["list", "watch"], core, "services"),
  rule([...read], core, "nodes"),
  rule(["list", "watch"], "discovery.k8s.io", "endpointslices"),
  rule(["list", "watch"], "networking.k8s.io", "servicecidrs"),
  rule(["get", "create", "patch"], "coordination.k8s.io", "leases"),
  ...events,
];

const nodeRules: readonly PolicyRule[] = [
  rule([...read, "create", "patch", "update"], core, "nodes"),
  rule(["patch", "update"], core, "nodes/status"),
  rule([...read, "delete"], core, "pods"),
  rule(["patch", "update"], core, "pods/status"),
  rule(["get"], core, "configmaps", "secrets"),
  rule(["list", "watch"], core, "services"),
  rule(["get", "create", "patch", "update"], "coordination.k8s.io", "leases"),
  ...events,
];

/** Garbage collection and the end of a namespace concern kinds of every sort; only what is created can be named. */
const controllerRules: readonly PolicyRule[] = [
  { verbs: [...read, "delete", "patch", "update"], apiGroups: ["*"], resources: ["*"] },
  rule(["create"], core, "endpoints", "pods", "pods/binding", "serviceaccounts"),
  rule(["create"], "apps", "replicasets"),
  rule(["create"], "discovery.k8s.io", "endpointslices"),
  rule(["create"], "coordination.k8s.io", "leases"),
  ...events,
];

const loadBalancerRules: readonly PolicyRule[] = [
  rule(["list", "watch"], core, "nodes", "services"),
  rule(["list", "watch"], "discovery.k8s.io", "endpointslices"),
  rule(["patch", "update"], core, "services/status"),
  rule(["get", "create", "patch", "update"], "coordination.k8s.io", "leases"),
  ...events,
];

const healthPaths = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
const discoveryPaths = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"];

export const defaultRoles: readonly DefaultRole[] = [
  { name: "cluster-admin", rules: everything, subjects: [group("system:masters")] },
  { name: "admin", rules: [], aggregationRule: aggregates("admin") },
  { name: "edit", rules: [], aggregationRule: aggregates("edit"), labels: partOf("admin") },
  { name: "view", rules: [], aggregationRule: aggregates("view"), labels: partOf("edit") },
  { name: "system:aggregate-to-admin", rules: adminRules, labels: partOf("admin") },
  { name: "system:aggregate-to-edit", rules: editRules, labels: partOf("edit") },
  { name: "system:aggregate-to-view", rules: viewRules, labels: partOf("view") },
  {
    name: "system:discovery",
    rules: [{ verbs: ["get"], nonResourceURLs: [...discoveryPaths, ...healthPaths] }],
    subjects: [group("system:authenticated")],
  },
  {
    name: "system:basic-user",
    rules: [
      rule(["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
      rule(["create"], "authentication.k8s.io", "selfsubjectreviews"),
    ],
    subjects: [group("system:authenticated")],
  },
  {
    name: "system:public-info-viewer",
    rules: [{ verbs: ["get"], nonResourceURLs: healthPaths }],
    subjects: [group("system:authenticated"), group("system:unauthenticated")],
  },
  {
    name: "system:service-account-issuer-discovery",
    rules: [{ verbs: ["get"], nonResourceURLs: issuerDiscoveryPaths }],
    subjects: [group("system:serviceaccounts")],
  },
  {
    name: "system:auth-delegator",
    rules: [
      rule(["create"], "authentication.k8s.io", "tokenreviews"),
      rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
    ],
  },
  // A node of the local cluster is one process, agent and proxy.
  {
    name: "system:node-proxier",
    rules: proxyRules,
    subjects: [user("system:kube-proxy"), group("system:nodes")],
  },
  { name: "system:node", rules: nodeRules, subjects: [group("system:nodes")] },
  {
    name: "system:kube-controller-manager",
    rules: controllerRules,
    subjects: [user("system:kube-controller-manager")],
  },
  { name: "porthole:load-balancer", rules: loadBalancerRules, subjects: [user("porthole:load-balancer")] },
];
