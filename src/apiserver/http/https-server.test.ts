import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { certificateRequests } from "../pki/certificate-request.ts";
import { ensurePki } from "../pki/pki-files.ts";
import { type HttpsLimits, type HttpsServer, type HttpsServerOptions, listenHttps } from "./https-server.ts";
import { writeChunk } from "./write-stream.ts";

async function withServer(
  limits: Partial<HttpsLimits>,
  run: (server: HttpsServer) => Promise<void>,
  handle: HttpsServerOptions["handle"] = (request, response) => {
    request.resume();
    request.on("end", () => response.end("ok"));
  },
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "porthole-https-"));
  const pki = await ensurePki(directory, certificateRequests("127.0.0.1", "10.96.0.1"), Date.now());
  const server = await listenHttps({
    host: "127.0.0.1",
    port: 0,
    pki,
    limits: { drainMs: 50, ...limits },
    handle,
    upgrade: (_request, socket) => socket.destroy(),
  });
  try {
    await run(server);
  } finally {
    await server.close();
    await rm(directory, { recursive: true });
  }
}

function plain({ port }: HttpsServer): Socket {
  return connect(port, "127.0.0.1").on("error", () => {});
}

async function secure({ port }: HttpsServer, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  await once(socket, "secureConnect");
  return socket.on("error", () => {});
}

async function textUntilClosed(socket: TLSSocket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(socket, "close");
  return text;
}

test("a connection that never begins its handshake is closed", () =>
  withServer({ handshakeMs: 50 }, async (server) => {
    await once(plain(server).resume(), "close");
  }));

test("thousands of half-open connections hold no more than the limit, and others are served", () =>
  withServer({ handshakes: 20 }, async (server) => {
    const total = 2000;
    let closed = 0;
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const sockets: Socket[] = [];
    // In waves that the kernel's queue of new connections holds: what it drops, it tries again only after seconds.
    while (sockets.length < total) {
      const wave = Array.from({ length: 100 }, () => plain(server).resume());
      for (const socket of wave) {
        socket.on("close", () => {
          closed += 1;
          if (closed === total - 20) resolve();
        });
      }
      await Promise.all(wave.map((socket) => once(socket, "connect")));
      sockets.push(...wave);
    }
    await enough;
    const served = await secure(server);
    served.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert.match(await textUntilClosed(served), /200 OK/);
    for (const socket of sockets) socket.destroy();
  }));

test("headers and bodies that never end are answered 408 and cut off", () =>
  withServer({ headersMs: 50, requestMs: 100 }, async (server) => {
    for (const text of [
      "GET / HTTP/1.1\r\nHost:",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
    ]) {
      const socket = await secure(server);
      socket.write(text);
      assert.match(await textUntilClosed(socket), /^HTTP\/1\.1 408 /);
    }
  }));

test("TLS before 1.2 and ciphers without forward secrecy are refused", () =>
  withServer({}, async (server) => {
    await assert.rejects(
      secure(server, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
    );
    await assert.rejects(secure(server, { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }));
    const modern = await secure(server, { maxVersion: "TLSv1.2" });
    assert.match(modern.getCipher().name, /^ECDHE-ECDSA-/);
    modern.destroy();
  }));

test("a watcher that never reads is cut off, and no more is made for it than the connection holds", async () => {
  const chunk = Buffer.alloc(64 * 1024);
  const most = 64 * 1024 * 1024;
  const { promise: taken, resolve } = Promise.withResolvers<number>();
  const write = async (response: Parameters<HttpsServerOptions["handle"]>[1]) => {
    let bytes = 0;
    try {
      for (; bytes < most; bytes += chunk.length) await writeChunk(response, chunk, undefined, 300);
    } catch {
      assert.ok(response.destroyed);
    }
    resolve(bytes);
  };
  await withServer(
    {},
    async (server) => {
      const socket = await secure(server);
      socket.pause();
      socket.write("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
      assert.ok((await taken) < most);
      socket.destroy();
    },
    (_request, response) => void write(response),
  );
});

test("a large request that comes before a large answer has left the server does not end the connection", async () => {
  const size = 8_000_000;
  const { promise: answered, resolve: hasAnswered } = Promise.withResolvers<void>();
  await withServer(
    {},
    async (server) => {
      const client = await secure(server);
      client.pause();
      client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await answered;
      client.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
      client.write(Buffer.alloc(size, "x"));
      const text = await textUntilClosed(client.resume());
      assert.deepEqual(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
      assert.ok(text.length > 2 * size);
    },
    (request, response) => {
      request.resume().once("end", () => {
        response.end(Buffer.alloc(size, "y"));
        hasAnswered();
      });
    },
  );
});

test("a server that closes does not wait for handshakes, and answers that are under way say that they are the last", async () => {
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  const { promise: closing, resolve: close } = Promise.withResolvers<void>();
  await withServer(
    { handshakeMs: 600_000, drainMs: 600_000 },
    async (server) => {
      const silent = plain(server).resume();
      await once(silent, "connect");
      const client = await secure(server);
      client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await asked;
      const closed = server.close();
      await once(silent, "close");
      close();
      assert.match(await textUntilClosed(client), /^HTTP\/1\.1 200 OK\r\nConnection: close\r\n/);
      await closed;
    },
    (_request, response) => {
      isAsked();
      void closing.then(() => response.end("ok"));
    },
  );
});
