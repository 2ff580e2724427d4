import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { startEcho } from "./echo-server.ts";

const address = "127.4.22.1";
const identity = { pod: "web", namespace: "default", node: "node-1", address };

async function echo(t: TestContext, proxyProtocol = false) {
  const server = await startEcho({ address, port: 0, identity, proxyProtocol });
  t.after(() => server.close(0));
  return server;
}

async function say(port: number, ...pieces: readonly string[]): Promise<string> {
  const socket = connect({ host: address, port, noDelay: true, allowHalfOpen: true });
  await once(socket, "connect");
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
  socket.end();
  return text(socket);
}

test("HTTP is told from raw TCP though its bytes come one by one", async (t) => {
  const { port } = await echo(t);
  const answer = await say(port, ..."GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.match(answer, /^HTTP\/1\.1 200 OK[\s\S]*ok\n$/);
  assert.equal(JSON.parse(await say(port, "hello world\n")).line, "hello world");
});

test("a short line of raw TCP is answered, and the connection may be half closed", async (t) => {
  const { port } = await echo(t);
  assert.equal(JSON.parse(await say(port, "hi\n")).line, "hi");
});

test("UDP is answered on the same number", async (t) => {
  const { port } = await echo(t);
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.send("ping\n", port, address);
  const [message] = await once(socket, "message");
  assert.equal(JSON.parse(String(message)).line, "ping");
});

test("a PROXY header names the client, though it is split over packets", async (t) => {
  const { port } = await echo(t, true);
  const answer = await say(port, "PROXY TCP4 192.0.2.7 127.", "0.0.1 4711 80\r\nhel", "lo there\n");
  assert.equal(JSON.parse(answer).client, "192.0.2.7:4711");
});

test("a request that is being answered when the end comes is answered", async () => {
  const server = await startEcho({ address, port: 0, identity, proxyProtocol: false });
  const socket = connect({ host: address, port: server.port });
  socket.write("GET /delay?ms=100 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const closing = server.close(50);
  assert.match(await text(socket), /^HTTP\/1\.1 200 OK/);
  await closing;
});
