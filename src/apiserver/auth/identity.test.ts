import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { silentLogger } from "../../lib/log.ts";
import { type RunningApiServer, startApiServer } from "../index.ts";
import { callServer, type Reply } from "../testing/call-server.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const accounts = "/api/v1/namespaces/default/serviceaccounts";
const pods = "/api/v1/namespaces/default/pods";
const secrets = "/api/v1/namespaces/default/secrets";
const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const root = "token-root";
const rows: readonly string[] = [
  `${root},root,0,"system:masters"`,
  "token-helper,helper,1",
  "token-nobody,nobody,2",
  'token-node-a,system:node:a,3,"system:nodes"',
];
let directory: string;
let server: RunningApiServer;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "porthole-identity-"));
  await writeFile(join(directory, "tokens.csv"), `${rows.join("\n")}\n`);
  server = await startApiServer({
    listen: "127.0.0.1:0",
    dataDir: directory,
    tokenFile: join(directory, "tokens.csv"),
    auditLogPath: join(directory, "audit.log"),
    log: silentLogger,
  });
});

after(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

function call(
  who: string | undefined,
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string | string[]>,
) {
  return callServer(server.url, who, method, path, body, headers);
}

async function expect(
  status: number,
  ...[who, method, path, body, headers]: Parameters<typeof call>
): Promise<Reply["body"]> {
  const reply = await call(who, method, path, body, headers);
  assert.equal(reply.status, status, `${method} ${path}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}

/** A role and its binding, known to the server when this resolves: a review waits for nothing, so it is asked until it says yes. */
async function grant(name: string, subject: object, ...rules: readonly object[]): Promise<void> {
  await expect(201, root, "POST", `${rbac}/clusterroles`, { metadata: { name }, rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
  await expect(201, root, "POST", `${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef,
    subjects: [subject],
  });
}

function rule(verb: string, group: string, resource: string, ...names: readonly string[]): object {
  const resourceNames = names.length > 0 ? { resourceNames: names } : {};
  return { verbs: [verb], apiGroups: [group], resources: [resource], ...resourceNames };
}

const selfReview = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const selfReviewBody = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };

describe("impersonation", () => {
  const as = (headers: Record<string, string | string[]>, who = root) =>
    call(who, "POST", selfReview, selfReviewBody, headers);

  test("an administrator is whom he names", async () => {
    const { body } = await as({
      "impersonate-user": "jane",
      "impersonate-group": ["dev", "ops"],
      "impersonate-uid": "7",
      "impersonate-extra-acme%2fscope": ["a", "b"],
    });
    assert.deepEqual(body.status.userInfo, {
      username: "jane",
      uid: "7",
      groups: ["dev", "ops", "system:authenticated"],
      extra: { "acme/scope": ["a", "b"] },
    });
    const robot = await as({ "impersonate-user": "system:serviceaccount:default:robot" });
    assert.deepEqual(robot.body.status.userInfo.groups, [
      "system:serviceaccounts",
      "system:serviceaccounts:default",
      "system:authenticated",
    ]);
  });

  test("the rights of the other one count, and only his", async () => {
    const refused = await call(root, "GET", pods, undefined, { "impersonate-user": "jane" });
    assert.equal(refused.status, 403);
    assert.match(refused.body.message, /User "jane" cannot list resource "pods"/);
  });

  test("others need the verb impersonate for each thing that they claim", async () => {
    const denied = await as({ "impersonate-user": "jane" }, "token-helper");
    assert.equal(
      denied.body.message,
      'users "jane" is forbidden: User "helper" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    await grant("acting", { kind: "User", name: "helper" }, rule("impersonate", "", "users", "jane"));
    await until(async () => (await as({ "impersonate-user": "jane" }, "token-helper")).status === 201);
    for (const headers of [
      { "impersonate-user": "jane", "impersonate-group": "system:masters" },
      { "impersonate-user": "jane", "impersonate-uid": "0" },
      { "impersonate-user": "jane", "impersonate-extra-scope": "all" },
      { "impersonate-user": "john" },
      { "impersonate-user": "system:serviceaccount:kube-system:robot" },
    ]) {
      assert.equal((await as(headers, "token-helper")).status, 403, JSON.stringify(headers));
    }
    assert.equal((await as({ "impersonate-group": "dev" })).status, 400);
  });

  test("the audit log names both", async () => {
    await as({ "impersonate-user": "audited" });
    await until(async () => {
      const lines = (await readFile(join(directory, "audit.log"), "utf8")).trim().split("\n");
      const event = lines
        .map((line) => JSON.parse(line))
        .find((one) => one.impersonatedUser?.username === "audited");
      return event?.user.username === "root";
    });
  });
});

describe("tokens of service accounts", () => {
  const request = (spec: object = {}) => ({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec,
  });
  const review = (token: string, audiences: readonly string[] = []) =>
    expect(201, root, "POST", "/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token, audiences } });

  before(async () => {
    await expect(201, root, "POST", accounts, { metadata: { name: "robot" } });
  });

  test("a token is who its service account is, and may what that may", async () => {
    const { metadata, spec, status } = await expect(201, root, "POST", `${accounts}/robot/token`, request());
    assert.equal(metadata.name, "robot");
    assert.deepEqual(spec, {
      audiences: ["https://kubernetes.default.svc.cluster.local"],
      expirationSeconds: 3600,
      boundObjectRef: null,
    });
    const info = (await expect(201, status.token, "POST", selfReview, selfReviewBody)).status.userInfo;
    const account = await expect(200, root, "GET", `${accounts}/robot`);
    assert.equal(info.username, "system:serviceaccount:default:robot");
    assert.equal(info.uid, account.metadata.uid);
    assert.deepEqual(info.groups, [
      "system:serviceaccounts",
      "system:serviceaccounts:default",
      "system:authenticated",
    ]);
    assert.match(info.extra["authentication.kubernetes.io/credential-id"][0], /^JTI=/);
    await expect(403, status.token, "GET", pods);
    await grant(
      "robots",
      { kind: "ServiceAccount", name: "robot", namespace: "default" },
      rule("list", "", "pods"),
    );
    await until(async () => (await call(status.token, "GET", pods)).status === 200);
    assert.equal((await review(status.token)).status.authenticated, true);
  });

  test("a token for others is not one for this server", async () => {
    const { status } = await expect(
      201,
      root,
      "POST",
      `${accounts}/robot/token`,
      request({ audiences: ["vault"] }),
    );
    await expect(401, status.token, "GET", pods);
    assert.deepEqual((await review(status.token, ["vault", "else"])).status.audiences, ["vault"]);
    assert.equal((await review(status.token)).status.authenticated, undefined);
  });

  test("a token that is changed anywhere is nobody's", async () => {
    const { status } = await expect(201, root, "POST", `${accounts}/robot/token`, request());
    const [head = "", body = "", signature = ""] = (status.token as string).split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const forged = encode({ ...claims, sub: "system:serviceaccount:kube-system:admin" });
    for (const token of [
      `${head}.${forged}.${signature}`,
      `${encode({ alg: "none" })}.${body}.`,
      `${encode({ ...JSON.parse(Buffer.from(head, "base64url").toString()), alg: "HS256" })}.${body}.${signature}`,
      `${head}.${body}.${signature.slice(4)}`,
      `${head}.${body}`,
      `${head}.${body}.${signature}.${signature}`,
      "..",
    ]) {
      assert.equal((await call(token, "GET", pods)).status, 401, token);
    }
  });

  test("a token ends with its service account, and with the pod that it is bound to", async () => {
    const spec = { serviceAccountName: "robot", containers: [{ name: "c", image: "i" }] };
    const pod = await expect(201, root, "POST", pods, { metadata: { name: "bound" }, spec });
    const boundObjectRef = { kind: "Pod", apiVersion: "v1", name: "bound", uid: pod.metadata.uid };
    const { status } = await expect(
      201,
      root,
      "POST",
      `${accounts}/robot/token`,
      request({ boundObjectRef }),
    );
    const { userInfo } = (await expect(201, status.token, "POST", selfReview, selfReviewBody)).status;
    assert.deepEqual(userInfo.extra["authentication.kubernetes.io/pod-name"], ["bound"]);
    await expect(200, root, "DELETE", `${pods}/bound?gracePeriodSeconds=0`);
    await expect(401, status.token, "POST", selfReview, selfReviewBody);
    await expect(201, root, "POST", accounts, { metadata: { name: "brief" } });
    const brief = (await expect(201, root, "POST", `${accounts}/brief/token`, request())).status.token;
    await expect(201, brief, "POST", selfReview, selfReviewBody);
    await expect(200, root, "DELETE", `${accounts}/brief`);
    await expect(201, root, "POST", accounts, { metadata: { name: "brief" } });
    await expect(401, brief, "POST", selfReview, selfReviewBody);
  });

  const wrong = [
    [
      422,
      "robot",
      { expirationSeconds: 60 },
      /spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes/,
    ],
    [404, "missing", {}, /serviceaccounts "missing" not found/],
    [
      404,
      "robot",
      { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "no" } },
      /secrets "no" not found/,
    ],
    [
      400,
      "robot",
      { boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "no" } },
      /cannot bind token to object of type \/v1, Kind=ConfigMap/,
    ],
  ] as const;
  for (const [code, name, spec, message] of wrong) {
    test(`a request that cannot be granted: ${message.source}`, async () => {
      const body = await expect(code, root, "POST", `${accounts}/${name}/token`, request(spec));
      assert.match(body.message, message);
    });
  }

  test("the key is private, and its public half is published for those who verify by themselves", async () => {
    assert.equal((await stat(join(directory, "pki", "sa.key"))).mode & 0o777, 0o600);
    const { token } = (await expect(201, root, "POST", `${accounts}/robot/token`, request())).status;
    const configuration = await expect(200, root, "GET", "/.well-known/openid-configuration");
    assert.equal(configuration.issuer, "https://kubernetes.default.svc.cluster.local");
    const reply = await call(root, "GET", new URL(configuration.jwks_uri).pathname);
    const [key] = JSON.parse(reply.body).keys;
    const { subtle } = globalThis.crypto;
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const publicKey = await subtle.importKey("jwk", key, algorithm, false, ["verify"]);
    const [head, body, signature] = (token as string).split(".");
    const signed = Buffer.from(`${head}.${body}`);
    const bytes = Buffer.from(signature ?? "", "base64url");
    assert.ok(await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, publicKey, bytes, signed));
    await expect(403, "token-nobody", "GET", "/openid/v1/jwks");
  });
});

describe("a node", () => {
  const node = "token-node-a";
  const merge = { "content-type": "application/merge-patch+json" };
  const spec = (nodeName: string) => ({ nodeName, containers: [{ name: "c", image: "i" }] });

  before(async () => {
    for (const name of ["a", "b"]) {
      await expect(201, root, "POST", pods, { metadata: { name: `on-${name}` }, spec: spec(name) });
      await expect(201, root, "POST", secrets, { metadata: { name: `for-${name}` } });
      await expect(201, root, "POST", leases, { metadata: { name }, spec: {} }).catch(() => {});
    }
    await expect(201, root, "POST", "/api/v1/nodes", { metadata: { name: "b" } });
    const env = [{ name: "x", valueFrom: { secretKeyRef: { name: "for-a", key: "k" } } }];
    const containers = [{ name: "c", image: "i", env }];
    await expect(201, root, "POST", pods, {
      metadata: { name: "reads" },
      spec: { nodeName: "a", containers },
    });
  });

  test("writes its own Node, Lease and the status of its own pods", async () => {
    const labels = { "kubernetes.io/hostname": "a", "example.com/rack": "1" };
    await expect(201, node, "POST", "/api/v1/nodes", { metadata: { name: "a", labels } });
    await expect(200, node, "PATCH", "/api/v1/nodes/a/status", { status: { phase: "Running" } }, merge);
    await expect(200, node, "PATCH", `${leases}/a`, { spec: { holderIdentity: "a" } }, merge);
    await expect(200, node, "PATCH", `${pods}/on-a/status`, { status: { phase: "Running" } }, merge);
    await expect(200, node, "DELETE", `${pods}/on-a`);
  });

  const refusals = [
    ["POST", "/api/v1/nodes", { metadata: { name: "c" } }, 'node "a" is not allowed to modify node "c"'],
    [
      "PATCH",
      "/api/v1/nodes/b",
      { metadata: { labels: { x: "y" } } },
      'node "a" is not allowed to modify node "b"',
    ],
    ["PATCH", "/api/v1/nodes/b/status", { status: {} }, 'node "a" is not allowed to modify node "b"'],
    [
      "PATCH",
      "/api/v1/nodes/a",
      { metadata: { labels: { "node-restriction.kubernetes.io/x": "y" } } },
      "is not allowed to modify labels: node-restriction.kubernetes.io/x",
    ],
    [
      "PATCH",
      "/api/v1/nodes/a",
      { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } },
      "is not allowed to modify taints",
    ],
    [
      "PATCH",
      `${leases}/b`,
      { spec: { holderIdentity: "a" } },
      "can only access node lease with the same name",
    ],
    [
      "PATCH",
      `${pods}/on-b/status`,
      { status: { phase: "Failed" } },
      "can only update pod status for pods with spec.nodeName set to itself",
    ],
    [
      "PATCH",
      `${pods}/reads/status`,
      { metadata: { labels: { app: "web" } } },
      "cannot update labels through pod status",
    ],
    ["DELETE", `${pods}/on-b`, undefined, "can only delete pods with spec.nodeName set to itself"],
    ["GET", pods, undefined, "can only list/watch pods with spec.nodeName field selector"],
    ["GET", `${pods}/on-b`, undefined, "no relationship found between node 'a' and this object"],
    ["GET", `${secrets}/for-b`, undefined, "no relationship found between node 'a' and this object"],
  ] as const;
  for (const [method, path, body, message] of refusals) {
    test(`may not ${method} ${path}: ${message}`, async () => {
      if (path === "/api/v1/nodes/a") await call(node, "POST", "/api/v1/nodes", { metadata: { name: "a" } });
      const headers = method === "PATCH" ? merge : {};
      const reply = await expect(403, node, method, path, body, headers);
      assert.ok(reply.message.includes(message), reply.message);
    });
  }

  test("reads its own pods, and the Secrets that they name", async () => {
    await expect(200, node, "GET", `${pods}?fieldSelector=spec.nodeName%3Da`);
    await expect(200, node, "GET", `${pods}/reads`);
    await expect(200, node, "GET", `${secrets}/for-a`);
  });
});

describe("a watch over a WebSocket", () => {
  const open = (path: string, token: string) =>
    new WebSocket(`${server.url.replace("https", "wss")}${path}`, {
      rejectUnauthorized: false,
      headers: { authorization: `Bearer ${token}` },
    });

  test("tells one event a message, and ends when its time is up", async () => {
    const configMaps = "/api/v1/namespaces/kube-public/configmaps";
    await expect(201, root, "POST", configMaps, { metadata: { name: "first" } });
    const socket = open(`${configMaps}?watch=1&timeoutSeconds=1`, root);
    const messages: string[] = [];
    socket.on("message", (data, isBinary) => {
      assert.equal(isBinary, false);
      const { type, object } = JSON.parse(String(data));
      messages.push(`${type} ${object.metadata.name}`);
      if (messages.length === 1) void call(root, "DELETE", `${configMaps}/first`);
    });
    const [code] = await once(socket, "close");
    assert.equal(code, 1000);
    assert.deepEqual(messages, ["ADDED first", "DELETED first"]);
  });

  test("is refused to those who may not watch", async () => {
    const socket = open("/api/v1/namespaces/kube-public/configmaps?watch=1", "token-nobody");
    const [error] = await once(socket, "error");
    assert.match(String(error), /403/);
  });
});

test("exec takes the right to create, not to read alone", async () => {
  const exec = `${server.url.replace("https", "wss")}${pods}/reads/exec?command=ls`;
  const open = async () => {
    const headers = { authorization: "Bearer token-nobody" };
    const socket = new WebSocket(exec, "v5.channel.k8s.io", { rejectUnauthorized: false, headers });
    const [error] = await once(socket, "error");
    return String(error);
  };
  assert.match(await open(), /403/);
  await grant(
    "looking",
    { kind: "User", name: "nobody" },
    rule("get", "", "pods/exec"),
    rule("list", "", "services"),
  );
  await until(async () => (await call("token-nobody", "GET", "/api/v1/services")).status === 200);
  assert.match(await open(), /403/);
  await grant("touching", { kind: "User", name: "nobody" }, rule("create", "", "pods/exec"));
  await until(async () => !/403/.test(await open()));
});

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Roles are followed with a watch: what they say counts a moment later. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  while (!(await isTrue())) deadline.throwIfAborted();
}
