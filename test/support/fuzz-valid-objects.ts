/** A small valid object of every kind, with some variety: what random changes start from. */
import type { ResourceDefinition } from "../../src/api/resource-definition.ts";
import type { Random } from "./fuzz-objects.ts";

const container = { name: "c", image: "porthole/echo:1" };
const template = { metadata: { labels: { app: "a" } }, spec: { containers: [container] } };
const workload = { replicas: 1, selector: { matchLabels: { app: "a" } }, template };

const bodies: Readonly<Record<string, (random: Random) => object>> = {
  Service: (random) => ({
    spec: {
      type: random.pick(["ClusterIP", "NodePort", "LoadBalancer"]),
      selector: { app: "a" },
      ports: [
        {
          name: "http",
          port: 80,
          protocol: "TCP",
          ...(random.chance(0.3) ? { nodePort: 30_000 + random.below(30) } : {}),
        },
        ...(random.chance(0.3) ? [{ name: "dns", port: 53, protocol: "UDP", targetPort: "dns" }] : []),
      ],
      ...(random.chance(0.2) ? { externalTrafficPolicy: "Local" } : {}),
      ...(random.chance(0.2) ? { sessionAffinity: "ClientIP" } : {}),
    },
  }),
  Pod: () => ({ spec: { containers: [container] } }),
  Deployment: () => ({ spec: workload }),
  ReplicaSet: () => ({ spec: workload }),
  Endpoints: () => ({ subsets: [{ addresses: [{ ip: "10.1.0.1" }], ports: [{ port: 80 }] }] }),
  EndpointSlice: () => ({
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.1.0.1"], conditions: { ready: true } }],
    ports: [{ name: "http", port: 80, protocol: "TCP" }],
  }),
  ConfigMap: () => ({ data: { a: "b" }, binaryData: { c: "YQ==" } }),
  Secret: () => ({ type: "Opaque", stringData: { a: "b" } }),
  Lease: () => ({ spec: { holderIdentity: "a", leaseDurationSeconds: 40 } }),
  ServiceCIDR: () => ({ spec: { cidrs: ["10.200.0.0/24"] } }),
  IPAddress: () => ({ spec: { parentRef: { resource: "services", name: "a", namespace: "default" } } }),
  Event: () => ({
    involvedObject: { kind: "Pod", name: "a", namespace: "default" },
    regarding: { kind: "Pod", name: "a", namespace: "default" },
    reason: "Tested",
    type: "Normal",
    action: "Testing",
    reportingController: "example.com/fuzz",
    reportingInstance: "fuzz-1",
    eventTime: "2026-01-01T00:00:00.000000Z",
  }),
  Role: () => ({ rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
  ClusterRole: () => ({ rules: [{ nonResourceURLs: ["/healthz"], verbs: ["get"] }] }),
  RoleBinding: () => ({
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" },
    subjects: [],
  }),
  ClusterRoleBinding: () => ({
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "a" },
    subjects: [{ kind: "User", name: "u" }],
  }),
};

export function validObject(definition: ResourceDefinition, name: string, random: Random): object {
  const { group, version, kind } = definition;
  const metadata = random.chance(0.1) ? { generateName: `${name}-` } : { name, labels: { app: "a" } };
  return {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    metadata,
    ...bodies[kind]?.(random),
  };
}
