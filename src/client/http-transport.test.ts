import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { openTransport } from "./http-transport.ts";

/** A process that listens and takes nobody: with its queue full, the kernel leaves further clients without an answer. */
async function startSilentServer(): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const script = `
    const server = require("node:net").createServer();
    server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => process.stdout.write(server.address().port + "\\n"));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = await once(child.stdout as NodeJS.ReadableStream, "data");
  child.kill("SIGSTOP");
  return { child, port: Number(text) };
}

test("a server that nobody can connect to is unreachable, long before the system gives up", async () => {
  const { child, port } = await startSilentServer();
  const fillers: Socket[] = [];
  const transport = openTransport({ server: `http://127.0.0.1:${port}`, tls: {}, source: "test" }, "test");
  try {
    for (let index = 0; index < 4; index++) {
      fillers.push(connect({ host: "127.0.0.1", port }).on("error", () => {}));
    }
    await once(fillers[0] as Socket, "connect");
    await assert.rejects(transport.send({ method: "GET", path: "/", connectMs: 300 }), {
      name: "NetworkError",
      code: "unreachable",
      message: /no connection within/,
    });
  } finally {
    transport.close();
    for (const socket of fillers) socket.destroy();
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
