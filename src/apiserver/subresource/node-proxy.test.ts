import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as httpsRequest, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { after, before, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { silentLogger } from "../../lib/log.ts";
import { type RunningApiServer, startApiServer } from "../index.ts";

const token = "t0ken";
const podPath = "/api/v1/namespaces/default/pods/web";
let directory: string;
let server: RunningApiServer;
let agentServer: Server;
let seenUrls: string[] = [];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "porthole-node-proxy-"));
  await writeFile(join(directory, "tokens.csv"), `${token},admin,1,system:masters\n`);
  server = await startApiServer({
    listen: "127.0.0.1:0",
    dataDir: directory,
    tokenFile: join(directory, "tokens.csv"),
    log: silentLogger,
  });
  const port = await startAgent();
  const node = await call("POST", "/api/v1/nodes", { metadata: { name: "n1" } });
  assert.equal(node.status, 201);
  const status = {
    addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await call("PUT", "/api/v1/nodes/n1/status", { metadata: { name: "n1" }, status });
  for (const [name, containers] of [
    ["web", ["main"]],
    ["pair", ["left", "right"]],
  ] as const) {
    await call("POST", "/api/v1/namespaces/default/pods", {
      metadata: { name },
      spec: { nodeName: "n1", containers: containers.map((container) => ({ name: container, image: "x" })) },
    });
  }
});

after(async () => {
  agentServer.closeAllConnections();
  agentServer.close();
  await server.close();
  await rm(directory, { recursive: true });
});

/** An agent as a kubelet is one: it demands the API server's client certificate. */
async function startAgent(): Promise<number> {
  const [key, cert, ca] = await Promise.all(
    ["node.key", "node.crt", "ca.crt"].map((file) => readFile(join(directory, "pki", file))),
  );
  agentServer = createServer({
    key: key ?? "",
    cert: cert ?? "",
    ca: ca ?? "",
    requestCert: true,
    rejectUnauthorized: true,
  });
  agentServer.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject;
    seenUrls.push(request.url ?? "");
    response.writeHead(200, { "Content-Type": "text/plain" });
    response.write(`one ${String(CN)}\n`);
    setImmediate(() => response.end("two\n"));
  });
  agentServer.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    seenUrls.push(request.url ?? "");
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
    socket.write(`Sec-WebSocket-Protocol: ${request.headers["sec-websocket-protocol"] ?? ""}\r\n\r\n`);
    socket.pipe(socket);
  });
  agentServer.listen(0, "127.0.0.1");
  await once(agentServer, "listening");
  return (agentServer.address() as AddressInfo).port;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: object = {},
): Promise<{ status: number; text: string }> {
  const request = httpsRequest(`${server.url}${path}`, {
    method,
    rejectUnauthorized: false,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
  });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const text = (await response.setEncoding("utf8").toArray()).join("");
  return { status: response.statusCode ?? 0, text };
}

test("a log comes from the agent of the pod's node, who knows the server by its certificate", async () => {
  seenUrls = [];
  const { status, text } = await call("GET", `${podPath}/log?tailLines=5&follow=true`);
  assert.equal(status, 200);
  assert.equal(text, "one kube-apiserver-kubelet-client\ntwo\n");
  assert.deepEqual(seenUrls, ["/containerLogs/default/web/main?tailLines=5&follow=true"]);
});

test("a log of a container or pod that is not there is refused", async () => {
  assert.match(
    (await call("GET", `${podPath}/log?container=other`)).text,
    /container other is not valid for pod web/,
  );
  assert.equal((await call("GET", "/api/v1/namespaces/default/pods/none/log")).status, 404);
});

/** Resolves with what the agent echoes of "hello". */
async function tunnel(path: string): Promise<string> {
  const request = httpsRequest(`${server.url}${path}`, {
    rejectUnauthorized: false,
    headers: {
      authorization: `Bearer ${token}`,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-protocol": "v5.channel.k8s.io",
    },
  });
  request.end();
  const [response, socket] = (await once(request, "upgrade")) as [IncomingMessage, Duplex];
  assert.equal(response.headers["sec-websocket-protocol"], "v5.channel.k8s.io");
  socket.write("hello");
  const [echo] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return echo.toString();
}

test("exec is a tunnel to the agent", async () => {
  seenUrls = [];
  const path = `${podPath}/exec?command=ls&command=-l&stdin=true&stdout=true&tty=false`;
  assert.equal(await tunnel(path), "hello");
  assert.deepEqual(seenUrls, ["/exec/default/web/main?command=ls&command=-l&input=1&output=1"]);
});

test("exec into a pod of several containers wants one of them named, port-forward does not", async () => {
  seenUrls = [];
  const pairPath = "/api/v1/namespaces/default/pods/pair";
  const headers = { connection: "Upgrade", upgrade: "websocket" };
  const refused = await call("GET", `${pairPath}/exec?command=ls`, undefined, headers);
  assert.equal(refused.status, 400);
  assert.match(refused.text, /a container name must be specified for pod pair.*\[left right\]/);
  assert.equal(await tunnel(`${pairPath}/exec?command=ls&container=right`), "hello");
  assert.equal(await tunnel(`${pairPath}/portforward?ports=8080`), "hello");
  assert.deepEqual(seenUrls, ["/exec/default/pair/right?command=ls", "/portForward/default/pair?ports=8080"]);
});

test("a tunnel without credentials is refused", async () => {
  const headers = { connection: "Upgrade", upgrade: "websocket", authorization: "Bearer wrong" };
  assert.equal((await call("GET", `${podPath}/exec?command=ls`, undefined, headers)).status, 401);
});
