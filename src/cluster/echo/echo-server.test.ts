import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Agent, type IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { get } from "../../lib/http.ts";
import { type EchoServer, startEcho } from "./echo-server.ts";

const address = "127.4.0.3";
const identity = { pod: "web-1", namespace: "default", node: "node-1", address };

function start(proxyProtocol = false): Promise<EchoServer> {
  return startEcho({ address, port: 0, identity, proxyProtocol });
}

/** Sends bytes and reads all that comes back until the server closes. */
async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect({ host: address, port, allowHalfOpen: true });
  socket.end(bytes);
  const text = (await socket.setEncoding("utf8").toArray()).join("");
  return text;
}

async function ask(
  port: number,
  path: string,
  { agent, headers }: { agent?: Agent; headers?: Record<string, string> } = {},
): Promise<{ status: number; connection: string | undefined; text: string }> {
  const request = get({ host: address, port, path, agent: agent ?? false, headers: headers ?? {} });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const text = (await response.setEncoding("utf8").toArray()).join("");
  return { status: response.statusCode ?? 0, connection: response.headers.connection, text };
}

describe("porthole/echo", () => {
  let server: EchoServer;
  before(async () => {
    server = await start();
  });
  after(() => server.close(0));

  test("says to people which pod on which node answers whom", async () => {
    const { status, text } = await ask(server.port, "/");
    assert.equal(status, 200);
    assert.match(text, /^Hello from pod web-1 on node-1 \(127\.4\.0\.3\), you are 127\.0\.0\.1:\d+\n$/);
  });

  test("says the same to programs", async () => {
    const byQuery = await ask(server.port, "/some/path?format=json");
    const byHeader = await ask(server.port, "/some/path", { headers: { accept: "application/json, */*" } });
    for (const { text } of [byQuery, byHeader]) {
      const { client, host, ...rest } = JSON.parse(text) as Record<string, string>;
      assert.match(client ?? "", /^127\.0\.0\.1:\d+$/);
      assert.equal(host, `${address}:${server.port}`);
      assert.deepEqual(rest, { ...identity, method: "GET", path: "/some/path" });
    }
  });

  test("tells HTTP by a request whose bytes come one by one", async () => {
    const socket = connect({ host: address, port: server.port, noDelay: true });
    for (const byte of Buffer.from("GET /healthz HTTP/1.0\r\n\r\n")) {
      await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
      await new Promise(setImmediate);
    }
    assert.match((await socket.setEncoding("utf8").toArray()).join(""), /^HTTP\/1\.1 200 OK[\s\S]*ok\n$/);
  });

  test("answers a path that is none with 400", async () => {
    assert.match(
      await exchange(server.port, "GET //[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
      / 400 /,
    );
  });

  test("answers an HTTP client that has closed its side meanwhile", async () => {
    const text = await exchange(server.port, "GET /delay?ms=20 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.match(text, /Hello from pod web-1/);
  });

  test("answers each line of a raw connection, the last one also without a line end", async () => {
    const lines = (await exchange(server.port, "eins\r\nzwei ü\ndrei")).trim().split("\n");
    const said = lines.map((line) => (JSON.parse(line) as { line: string }).line);
    assert.deepEqual(said, ["eins", "zwei ü", "drei"]);
  });

  test("answers a raw line that comes a byte at a time", async () => {
    const socket = connect({ host: address, port: server.port, noDelay: true });
    for (const byte of Buffer.from("hallo, Welt ü\n")) {
      await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
      await new Promise(setImmediate);
    }
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.equal((JSON.parse(answer.toString("utf8")) as { line: string }).line, "hallo, Welt ü");
    socket.destroy();
  });

  test("answers a raw line without end in pieces, so that it takes no memory", async () => {
    const lines = (await exchange(server.port, "x".repeat(100_000))).trim().split("\n");
    assert.equal(
      lines.map((line) => (JSON.parse(line) as { line: string }).line).join(""),
      "x".repeat(100_000),
    );
    assert.ok(lines.length > 5);
  });

  test("answers each datagram", async () => {
    const socket = createSocket("udp4");
    socket.send("ping\n", server.port, address);
    const [answer, { port }] = (await once(socket, "message")) as [Buffer, { port: number }];
    assert.equal(port, server.port);
    const { line, pod, client } = JSON.parse(answer.toString("utf8")) as Record<string, string>;
    assert.deepEqual({ line, pod }, { line: "ping", pod: "web-1" });
    assert.equal(client, `127.0.0.1:${socket.address().port}`);
    socket.close();
  });
});

describe("porthole/echo with --proxy-protocol", () => {
  let server: EchoServer;
  before(async () => {
    server = await start(true);
  });
  after(() => server.close(0));
  const header = "PROXY TCP4 192.0.2.7 192.0.2.8 4711 80\r\n";

  test("says the client that the header names, over HTTP and raw TCP", async () => {
    const http = await exchange(server.port, `${header}GET / HTTP/1.0\r\n\r\n`);
    assert.match(http, /you are 192\.0\.2\.7:4711/);
    assert.match(await exchange(server.port, `${header}hallo\n`), /"client":"192\.0\.2\.7:4711"/);
  });

  test("reads a header that is split over packets", async () => {
    const socket = connect({ host: address, port: server.port, noDelay: true });
    for (const piece of ["PROXY TCP4 192.0.2.7 192.", "0.2.8 4711 80\r\nhel", "lo there\n"]) {
      await new Promise((resolve) => socket.write(piece, resolve));
      await new Promise(setImmediate);
    }
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.match(answer.toString(), /"client":"192\.0\.2\.7:4711","line":"hello there"/);
    socket.destroy();
  });

  test("says the proxy's own address when it speaks for itself", async () => {
    const local = Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex");
    assert.match(
      await exchange(server.port, Buffer.concat([local, Buffer.from("hi\n")])),
      /"127\.0\.0\.1:\d+"/,
    );
  });

  test("closes a connection that does not start with a header", async () => {
    assert.equal(await exchange(server.port, "GET / HTTP/1.0\r\n\r\n").catch(() => ""), "");
  });
});

test("porthole/echo ends without losing a request, and does not wait for idle connections", async () => {
  const server = await start();
  const agent = new Agent({ keepAlive: true });
  assert.equal((await ask(server.port, "/", { agent })).connection, "keep-alive");
  const silent = connect({ host: address, port: server.port });
  await once(silent, "connect");
  const slow = ask(server.port, "/delay?ms=300", { agent: new Agent({ keepAlive: true }) });
  const raw = connect({ host: address, port: server.port });
  raw.write("hello, echo\n");
  await once(raw, "data");

  const closed = server.close(100);
  assert.deepEqual(await ask(server.port, "/healthz"), {
    status: 503,
    connection: "close",
    text: "stopping\n",
  });
  assert.equal((await ask(server.port, "/", { agent })).connection, "close");
  assert.match((await slow).text, /Hello from pod web-1/);
  await closed;
  const [error] = (await once(connect({ host: address, port: server.port }), "error")) as [
    NodeJS.ErrnoException,
  ];
  assert.equal(error.code, "ECONNREFUSED");
  agent.destroy();
  silent.destroy();
  raw.destroy();
});

test("porthole/echo accepts as long as clients come, and not much longer", async () => {
  const server = await start();
  let isClosed = false;
  const closed = server.close(100).then(() => {
    isClosed = true;
  });
  let answered = 0;
  while (!isClosed) {
    const { status } = await ask(server.port, "/").catch(() => ({ status: 0 }));
    if (status === 0) break;
    assert.equal(status, 200);
    answered += 1;
  }
  await closed;
  assert.ok(answered > 0);
});

test("porthole/echo cannot start on a port that is taken", async () => {
  const other = createServer().listen(0, address);
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  await assert.rejects(startEcho({ address, port, identity, proxyProtocol: false }), { code: "EADDRINUSE" });
  other.close();
});
