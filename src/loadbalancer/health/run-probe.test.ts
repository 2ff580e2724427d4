import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { describe, test } from "node:test";
import { loadKubeconfig } from "../../client/index.ts";
import { startTestCluster } from "../../proxy/testing/test-cluster.ts";
import { runProbe } from "./run-probe.ts";

const address = "127.4.1.1";

async function listening(server: Server): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket.on("error", () => {}));
  });
  server.listen(0, address);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const http = (port: number, path = "/healthz") => ({ kind: "http", address, port, path }) as const;

describe("runProbe", () => {
  test("passes where a TCP connection is made, and fails where it is refused", async () => {
    const server = createServer();
    const { port, ...rest } = await listening(server);
    assert.deepEqual(await runProbe({ kind: "tcp", address, port }, 5000), { passed: true });
    await rest[Symbol.asyncDispose]();
    assert.deepEqual(await runProbe({ kind: "tcp", address, port }, 5000), {
      passed: false,
      reason: "the connection was refused",
      told: false,
    });
  });

  test("asks by HTTP, and reads how many endpoints a node has", async () => {
    const asked: unknown[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(request.url, request.headers.host);
      response.setHeader("X-Load-Balancing-Endpoint-Weight", "3").end("{}");
    });
    await using listener = await listening(server);
    assert.deepEqual(await runProbe(http(listener.port), 5000), { passed: true, weight: 3 });
    assert.deepEqual(asked, ["/healthz", address]);
  });

  test("takes 2xx and 3xx for yes, all else for an answer that says no", async () => {
    const server = createHttpServer((request, response) => {
      response.statusCode = Number(request.url?.slice(1));
      response.end();
    });
    await using listener = await listening(server);
    for (const status of [200, 204, 302]) {
      assert.deepEqual(await runProbe(http(listener.port, `/${status}`), 5000), { passed: true });
    }
    for (const status of [404, 500, 503]) {
      assert.deepEqual(await runProbe(http(listener.port, `/${status}`), 5000), {
        passed: false,
        reason: `it answers with status ${status}`,
        told: true,
      });
    }
  });

  test("asks by HTTPS whoever the server is", async () => {
    const cluster = await startTestCluster();
    try {
      const { server } = await loadKubeconfig({ path: cluster.kubeconfig });
      const { hostname, port } = new URL(server);
      const target = { kind: "https", address: hostname, port: Number(port) } as const;
      assert.deepEqual(await runProbe({ ...target, path: "/livez" }, 5000), { passed: true });
      const secret = await runProbe({ ...target, path: "/api/v1/secrets" }, 5000);
      assert.equal(secret.passed, false);
    } finally {
      await cluster.close();
    }
  });

  test("gives up on silence, on what is not HTTP, and on a connection that ends", async () => {
    for (const [serve, reason] of [
      [() => {}, "no answer within 50 ms"],
      [(socket: Socket) => socket.write("x".repeat(9000)), "the answer is not HTTP"],
      [(socket: Socket) => socket.end("HTTP/1.1 200"), "the connection was closed before the answer"],
    ] as const) {
      await using listener = await listening(createServer(serve));
      const timeoutMs = reason.startsWith("no answer") ? 50 : 5000;
      assert.deepEqual(await runProbe(http(listener.port), timeoutMs), {
        passed: false,
        reason,
        told: false,
      });
    }
  });
});
