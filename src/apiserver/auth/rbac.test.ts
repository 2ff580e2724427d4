import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { silentLogger } from "../../lib/log.ts";
import { type RunningApiServer, startApiServer } from "../index.ts";

const users: Readonly<Record<string, string>> = {
  root: '0,"system:masters"',
  viewer: "1",
  keeper: "2",
  "system:kube-proxy": "3",
  "system:node:a": '4,"system:nodes"',
  "system:serviceaccount:default:robot": "5",
};
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const services = "/api/v1/namespaces/default/services";
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
let directory: string;
let server: RunningApiServer;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "porthole-rbac-"));
  const tokenFile = join(directory, "tokens.csv");
  const rows = Object.entries(users).map(([name, rest]) => `token-${name},${name},${rest}\n`);
  await writeFile(tokenFile, rows.join(""));
  server = await startApiServer({
    listen: "127.0.0.1:0",
    dataDir: directory,
    tokenFile,
    auditLogPath: join(directory, "audit.log"),
    log: silentLogger,
  });
  const viewer = { kind: "User", name: "viewer" };
  await bind("rolebindings", "view", { kind: "ClusterRole", name: "view" }, viewer, "default");
  const roles = rule(["get", "list", "create", "update"], "rbac.authorization.k8s.io", "*");
  await expect(201, "root", "POST", `${rbac}/clusterroles`, {
    metadata: { name: "keep" },
    rules: [roles, rule(["get"], "", "pods")],
  });
  await bind("clusterrolebindings", "keep", { kind: "ClusterRole", name: "keep" }, user("keeper"));
});

after(async () => {
  agent.destroy();
  await server.close();
  await rm(directory, { recursive: true });
});

function rule(verbs: readonly string[], group: string, ...resources: readonly string[]): object {
  return { verbs, apiGroups: [group], resources };
}

function user(name: string): object {
  return { kind: "User", name };
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
async function call(who: string, method: string, path: string, body?: object): Promise<any> {
  const headers = { authorization: `Bearer token-${who}`, "content-type": "application/json" };
  const request = httpsRequest(`${server.url}${path}`, { method, agent, headers });
  request.end(body && JSON.stringify(body));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const text = (await response.setEncoding("utf8").toArray()).join("");
  return { status: response.statusCode, body: text.startsWith("{") ? JSON.parse(text) : text };
}

async function expect(status: number, who: string, method: string, path: string, body?: object) {
  const reply = await call(who, method, path, body);
  assert.equal(reply.status, status, `${who} ${method} ${path}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}

/** Waits until the server decides by it: a later write of a role waits for all earlier ones. */
async function bind(plural: string, name: string, roleRef: object, subject: object, namespace = "") {
  const place = namespace === "" ? rbac : `${rbac}/namespaces/${namespace}`;
  await expect(201, "root", "POST", `${place}/${plural}`, {
    metadata: { name },
    roleRef,
    subjects: [subject],
  });
  await call("keeper", "POST", `${rbac}/clusterroles`, { metadata: { name: "settle" }, rules: [] });
}

test("a refusal says who cannot do what where, in kube-apiserver's words", async () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      "GET",
      "/api/v1/namespaces/kube-system/services",
      'services is forbidden: User "viewer" cannot list resource "services" in API group "" in the namespace "kube-system"',
      "viewer",
    ],
    [
      "GET",
      "/apis/apps/v1/deployments?watch=1",
      'deployments.apps is forbidden: User "viewer" cannot watch resource "deployments" in API group "apps" at the cluster scope',
      "viewer",
    ],
    [
      "GET",
      "/api/v1/namespaces/x/pods/p/log",
      'pods "p" is forbidden: User "viewer" cannot get resource "pods/log" in API group "" in the namespace "x"',
      "viewer",
    ],
    [
      "DELETE",
      `${services}/kubernetes`,
      'services "kubernetes" is forbidden: User "viewer" cannot delete resource "services" in API group "" in the namespace "default"',
      "viewer",
    ],
    ["GET", "/metrics", 'forbidden: User "viewer" cannot get path "/metrics"', "viewer"],
  ];
  for (const [method, path, message, who] of cases) {
    const body = await expect(403, who, method, path);
    assert.equal(body.message, message);
    assert.equal(body.reason, "Forbidden");
  }
});

test("the view role reads what is harmless in its namespace and nothing else", async () => {
  await expect(200, "viewer", "GET", services);
  await expect(200, "viewer", "GET", "/api/v1/namespaces/default");
  await expect(200, "viewer", "GET", "/apis");
  await expect(403, "viewer", "GET", "/api/v1/namespaces/default/secrets");
  await expect(403, "viewer", "POST", services, {});
  await expect(403, "viewer", "GET", "/api/v1/services");
});

test("proxy and node have what they need and no more", async () => {
  await expect(200, "system:kube-proxy", "GET", "/api/v1/services");
  await expect(403, "system:kube-proxy", "GET", "/api/v1/secrets");
  await expect(403, "system:kube-proxy", "POST", services, {});
  await expect(200, "system:node:a", "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Da");
  await expect(403, "system:node:a", "GET", "/api/v1/secrets");
  await expect(403, "system:node:a", "POST", "/api/v1/namespaces/default/pods", {});
});

test("nobody grants what he does not have, unless he may bind or escalate", async () => {
  const grab = { metadata: { name: "grab" }, rules: [rule(["*"], "*", "*")] };
  const refused = await expect(403, "keeper", "POST", `${rbac}/clusterroles`, grab);
  assert.equal(
    refused.message,
    'clusterroles.rbac.authorization.k8s.io "grab" is forbidden: user "keeper" (uid="2", groups=["system:authenticated"]) ' +
      'is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
  );
  const held = { metadata: { name: "held" }, rules: [rule(["get"], "", "pods")] };
  await expect(201, "keeper", "POST", `${rbac}/clusterroles`, held);
  await expect(403, "keeper", "PUT", `${rbac}/clusterroles/held`, { ...grab, metadata: { name: "held" } });
  const aggregated = {
    metadata: { name: "sum" },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
  };
  await expect(403, "keeper", "POST", `${rbac}/clusterroles`, aggregated);
  const binding = (name: string) => ({
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [user("keeper")],
  });
  await expect(403, "keeper", "POST", `${rbac}/clusterrolebindings`, binding("cluster-admin"));
  await expect(404, "keeper", "POST", `${rbac}/clusterrolebindings`, binding("missing"));
  await expect(201, "keeper", "POST", `${rbac}/clusterrolebindings`, binding("held"));
});

test("a service account, a name and an aggregated role are taken into account", async () => {
  const robot = { kind: "ServiceAccount", name: "robot" };
  await expect(201, "root", "POST", `${rbac}/namespaces/default/roles`, {
    metadata: { name: "one" },
    rules: [{ ...rule(["get", "list"], "", "services"), resourceNames: ["kubernetes"] }],
  });
  await bind("rolebindings", "one", { kind: "Role", name: "one" }, robot, "default");
  const who = "system:serviceaccount:default:robot";
  await expect(200, who, "GET", `${services}/kubernetes`);
  await expect(403, who, "GET", services);
  await expect(200, who, "GET", `${services}?fieldSelector=metadata.name%3Dkubernetes`);
  await expect(201, "root", "POST", `${rbac}/clusterroles`, {
    metadata: { name: "sum" },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { sum: "yes" } }] },
  });
  await expect(201, "root", "POST", `${rbac}/clusterroles`, {
    metadata: { name: "part", labels: { sum: "yes" } },
    rules: [rule(["list"], "", "configmaps")],
  });
  await bind("clusterrolebindings", "sum", { kind: "ClusterRole", name: "sum" }, user(who));
  await expect(200, who, "GET", "/api/v1/configmaps");
});

test("who reads an aggregated role sees what it is made of, and a new part counts for all who have it", async () => {
  const rulesOf = async (name: string) =>
    JSON.stringify((await expect(200, "root", "GET", `${rbac}/clusterroles/${name}`)).rules);
  const until = async (isTrue: () => Promise<boolean>) => {
    const deadline = AbortSignal.timeout(10_000);
    while (!(await isTrue())) deadline.throwIfAborted();
  };
  await until(async () => (await rulesOf("admin")).includes("localsubjectaccessreviews"));
  assert.match(await rulesOf("admin"), /"configmaps"/);
  await expect(403, "viewer", "GET", "/api/v1/namespaces/default/secrets");
  await expect(201, "root", "POST", `${rbac}/clusterroles`, {
    metadata: { name: "more", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
    rules: [rule(["list"], "", "secrets")],
  });
  await until(async () => (await call("viewer", "GET", "/api/v1/namespaces/default/secrets")).status === 200);
  await until(async () => (await rulesOf("view")).includes("secrets"));
  await until(async () => (await rulesOf("admin")).includes("secrets"));
  await expect(200, "root", "DELETE", `${rbac}/clusterroles/more`);
  await until(async () => !(await rulesOf("view")).includes("secrets"));
  await expect(403, "viewer", "GET", "/api/v1/namespaces/default/secrets");
});

test("a binding to a role that is not there is told to whom it refuses", async () => {
  await bind("rolebindings", "gone", { kind: "Role", name: "gone" }, user("system:kube-proxy"), "default");
  const { message } = await expect(403, "system:kube-proxy", "GET", "/api/v1/namespaces/default/secrets");
  assert.match(message, /: RBAC: role\.rbac\.authorization\.k8s\.io "gone" not found$/);
});

test("a binding keeps its role, and bad roles are told what is wrong", async () => {
  const path = `${rbac}/clusterrolebindings/keep`;
  const binding = (await call("root", "GET", path)).body;
  const moved = { ...binding, roleRef: { ...binding.roleRef, name: "cluster-admin" } };
  assert.match((await expect(422, "root", "PUT", path, moved)).message, /cannot change roleRef/);
  const { message } = await expect(422, "root", "POST", `${rbac}/namespaces/default/roles`, {
    metadata: { name: "bad" },
    rules: [{ verbs: [], nonResourceURLs: ["/x"] }],
  });
  assert.match(message, /verbs must contain at least one value/);
  assert.match(message, /namespaced rules cannot apply to non-resource URLs/);
});

test("access reviews answer what the server would decide", async () => {
  const reviews = "/apis/authorization.k8s.io/v1";
  const may = async (who: string, plural: string, spec: object) =>
    (await expect(201, who, "POST", `${reviews}/${plural}`, { spec })).status.allowed;
  const listServices = { verb: "list", resource: "services", namespace: "default" };
  assert.equal(await may("viewer", "selfsubjectaccessreviews", { resourceAttributes: listServices }), true);
  const listAll = { resourceAttributes: { verb: "list", resource: "services" } };
  assert.equal(await may("viewer", "selfsubjectaccessreviews", listAll), false);
  const other = { user: "viewer", resourceAttributes: listServices };
  assert.equal(await may("root", "subjectaccessreviews", other), true);
  await expect(403, "viewer", "POST", `${reviews}/subjectaccessreviews`, { spec: other });
  const rules = await expect(201, "viewer", "POST", `${reviews}/selfsubjectrulesreviews`, {
    spec: { namespace: "default" },
  });
  assert.ok(rules.status.resourceRules.length > 0);
  const me = await expect(201, "viewer", "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
  assert.deepEqual(me.status.userInfo, { username: "viewer", uid: "1", groups: ["system:authenticated"] });
});

test("the audit log tells who wrote a Secret and who was refused, and holds no token and no body", async () => {
  const secrets = "/api/v1/namespaces/default/secrets";
  const body = { metadata: { name: "s" }, stringData: { key: "very-private" } };
  await expect(201, "root", "POST", secrets, body);
  await expect(403, "viewer", "GET", `${secrets}/s`);
  await expect(200, "root", "GET", "/version");
  const text = await readFile(join(directory, "audit.log"), "utf8");
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const seen = lines
    .filter(({ objectRef }) => objectRef?.resource === "secrets")
    .map(({ user: { username }, verb, responseStatus }) => `${username} ${verb} ${responseStatus.code}`);
  assert.ok(seen.includes("root create 201") && seen.includes("viewer get 403"), seen.join(", "));
  assert.doesNotMatch(text, /very-private|dmVyeS1wcml2YXRl|token-root/);
});
