import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { silentLogger } from "../lib/log.ts";
import { type RunningApiServer, startApiServer } from "./index.ts";

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
  readonly body: any;
}

let directory: string;
let server: RunningApiServer;
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
const token = "open-sesame";
const services = "/api/v1/namespaces/default/services";
const configMaps = "/api/v1/namespaces/default/configmaps";

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "porthole-apiserver-"));
  await writeFile(join(directory, "tokens.csv"), `${token},admin,1,system:masters\n`);
  server = await start(directory);
});

after(async () => {
  agent.destroy();
  await server.close();
  await rm(directory, { recursive: true });
});

function start(dataDir: string): Promise<RunningApiServer> {
  return startApiServer({
    listen: "127.0.0.1:0",
    dataDir,
    tokenFile: join(directory, "tokens.csv"),
    kubeconfigOut: join(dataDir, "kubeconfig"),
    log: silentLogger,
  });
}

async function open(
  method: string,
  path: string,
  body?: unknown,
  options: RequestOptions = {},
): Promise<IncomingMessage> {
  const request = httpsRequest(`${server.url}${path}`, {
    method,
    agent,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...options,
  });
  request.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

async function call(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Reply> {
  const response = await open(method, path, body, options);
  const text = (await response.setEncoding("utf8").toArray()).join("");
  const isJson = response.headers["content-type"] === "application/json";
  return { status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text };
}

test("an object is created, read, replaced and deleted", async () => {
  const created = await call("POST", configMaps, { metadata: { name: "life" }, data: { a: "1" } });
  assert.equal(created.status, 201);
  assert.equal(created.body.metadata.namespace, "default");

  const read = await call("GET", `${configMaps}/life`);
  assert.deepEqual(read.body, created.body);

  const replaced = await call("PUT", `${configMaps}/life`, { ...created.body, data: { a: "2" } });
  assert.equal(replaced.status, 200);
  const stale = await call("PUT", `${configMaps}/life`, { ...created.body, data: { a: "3" } });
  assert.equal(stale.status, 409);
  assert.match(
    stale.body.message,
    /the object has been modified; please apply your changes to the latest version/,
  );

  const unchanged = await call("PUT", `${configMaps}/life`, replaced.body);
  assert.equal(unchanged.body.metadata.resourceVersion, replaced.body.metadata.resourceVersion);

  assert.equal((await call("DELETE", `${configMaps}/life`)).status, 200);
  assert.equal((await call("GET", `${configMaps}/life`)).status, 404);
});

test("a watch tells what exists and what changes, and ends when it is told to", async () => {
  await call("POST", configMaps, { metadata: { name: "seen", labels: { watch: "yes" } } });
  const query = "watch=true&labelSelector=watch%3Dyes";
  const watch = await open("GET", `${configMaps}?${query}`, undefined, {
    agent: new Agent({ rejectUnauthorized: false }),
  });
  const lines = createInterface({ input: watch })[Symbol.asyncIterator]();
  const next = async () => {
    const { type, object } = JSON.parse((await lines.next()).value as string);
    return `${type} ${object.metadata.name}`;
  };
  assert.equal(await next(), "ADDED seen");
  const { body } = await call("GET", `${configMaps}/seen`);
  await call("PUT", `${configMaps}/seen`, { ...body, data: { x: "y" } });
  assert.equal(await next(), "MODIFIED seen");
  await call("POST", configMaps, { metadata: { name: "unseen" } });
  await call("PUT", `${configMaps}/seen`, { metadata: { name: "seen" } });
  assert.equal(await next(), "DELETED seen");
  watch.destroy();

  const short = await open(
    "GET",
    `${configMaps}?watch=true&timeoutSeconds=1&resourceVersion=${body.metadata.resourceVersion}`,
  );
  await short.toArray();
  assert.equal(short.complete, true);
});

test("a list comes in pages of one snapshot", async () => {
  for (const name of ["p1", "p2", "p3"])
    await call("POST", configMaps, { metadata: { name, labels: { page: "1" } } });
  const first = await call("GET", `${configMaps}?limit=1`);
  assert.equal(first.body.items.length, 1);
  await call("DELETE", `${configMaps}/p3`);
  const rest = await call("GET", `${configMaps}?continue=${first.body.metadata.continue}`);
  const names = [...first.body.items, ...rest.body.items].map(
    (item: { metadata: { name: string } }) => item.metadata.name,
  );
  assert.ok(names.includes("p3"));
  assert.equal(rest.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
});

test("only health and version are for everybody", async () => {
  const anonymous = { headers: {} };
  for (const path of ["/healthz", "/livez", "/readyz", "/version"]) {
    assert.equal((await call("GET", path, undefined, anonymous)).status, 200, path);
  }
  for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: "Basic x" }]) {
    for (const path of ["/api", services, "/nowhere"]) {
      const { status, body } = await call("GET", path, undefined, { headers });
      assert.equal(status, 401, path);
      assert.equal(body.reason, "Unauthorized");
    }
  }
});

test("the administrator's client certificate opens the door", async () => {
  const [cert, key] = await Promise.all(
    ["crt", "key"].map((end) => readFile(join(directory, "pki", `admin.${end}`))),
  );
  const withCertificate = new Agent({ cert: cert ?? "", key: key ?? "", rejectUnauthorized: false });
  const { status } = await call("GET", services, undefined, { agent: withCertificate, headers: {} });
  withCertificate.destroy();
  assert.equal(status, 200);
});

test("a Service gets an address and a port, and gives them back", async () => {
  const draft = {
    metadata: { name: "np" },
    spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] },
  };
  const created = await call("POST", services, draft);
  assert.equal(created.status, 201);
  assert.match(created.body.spec.clusterIP, /^10\.96\./);
  const taken = await call("POST", services, { ...draft, metadata: { name: "np2" } });
  assert.equal(taken.status, 422);
  assert.match(taken.body.message, /provided port is already allocated/);
  await call("DELETE", `${services}/np`);
  assert.equal((await call("POST", services, { ...draft, metadata: { name: "np2" } })).status, 201);
});

test("concurrent creates with one node port give it to one Service", async () => {
  const draft = (index: number) => ({
    metadata: { name: `race-${index}` },
    spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30081 }] },
  });
  const replies = await Promise.all(
    Array.from({ length: 10 }, (_, index) => call("POST", services, draft(index))),
  );
  assert.deepEqual(replies.map(({ status }) => status).sort(), [201, ...Array(9).fill(422)]);
});

test("a body that is too large is refused, and the server goes on", async () => {
  const { status, body } = await call("POST", configMaps, "x".repeat(4 * 1024 * 1024));
  assert.equal(status, 413);
  assert.equal(body.message, "Request entity too large: limit is 3145728");
  assert.equal((await call("GET", "/readyz")).status, 200);
});

test("nonsense is the client's fault, never the server's", async () => {
  const bodies = [
    "",
    "null",
    "1",
    "[]",
    "{",
    '{"metadata":1}',
    '{"metadata":{"name":1}}',
    '{"metadata":null,"spec":[]}',
  ];
  const paths = [
    services,
    configMaps,
    "/api/v1/namespaces",
    "/api/v1/namespaces/default/pods",
    "/apis/apps/v1/namespaces/default/deployments",
  ];
  for (const path of paths) {
    for (const body of bodies) {
      const { status } = await call("POST", path, body);
      assert.ok(status >= 400 && status < 500, `POST ${path} ${body}: ${status}`);
    }
  }
});

test("what is written is there after a restart, and the certificates are kept", async () => {
  await call("POST", configMaps, { metadata: { name: "lasting" } });
  const before = await readFile(join(directory, "pki", "ca.crt"), "utf8");
  await server.close();
  server = await start(directory);
  assert.equal((await call("GET", `${configMaps}/lasting`)).status, 200);
  assert.equal(await readFile(join(directory, "pki", "ca.crt"), "utf8"), before);
  assert.equal((await stat(join(directory, "kubeconfig"))).mode & 0o777, 0o600);
});

test("an address or file that cannot be used is named", async () => {
  const options = { dataDir: directory, log: silentLogger };
  await assert.rejects(startApiServer({ ...options, listen: "nowhere" }), {
    message: /an address looks like 127.0.0.1:6443/,
  });
  const ranges = { ...options, listen: "127.0.0.1:0", serviceClusterIpRange: "10.0.0.0" };
  await assert.rejects(startApiServer(ranges), { message: /a range looks like 10.96.0.0\/16/ });
});

test("a watch from a revision that is yet to come is refused: the client has seen another state", async () => {
  const list = await call("GET", configMaps);
  const ahead = Number(list.body.metadata.resourceVersion) + 1000;
  const { status, body } = await call("GET", `${configMaps}?watch=true&resourceVersion=${ahead}`);
  assert.equal(status, 504);
  assert.match(body.message, /Too large resource version/);
});
