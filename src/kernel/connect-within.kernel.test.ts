import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { connectWithin } from "./connect-within.ts";
import { requireLibc } from "./ffi.ts";
import { openRouteControl } from "./route.ts";
import { needsRoot, testNamespace } from "./testing/kernel-test.ts";

const server =
  'require("net").createServer((s) => s.end("here")).listen(7000, "127.0.0.1", () => console.log("listening"))';

test(
  "what listens on a namespace's loopback link is reached from within, and from nowhere else",
  needsRoot,
  async (t) => {
    const namespace = await testNamespace(t);
    await using control = await openRouteControl(namespace);
    await control.changeLink((await control.findLink("lo"))?.index ?? 0, { up: true });
    const child = namespace.run(() =>
      spawn(process.execPath, ["-e", server], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    t.after(() => child.kill("SIGKILL"));
    await once(child.stdout, "data");
    for (const _ of [1, 2]) {
      const socket = connectWithin(await requireLibc(), namespace, { host: "127.0.0.1", port: 7000 });
      assert.equal(await text(socket), "here");
      socket.end();
    }
  },
);

test("a refusal in the namespace is the socket's error", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using control = await openRouteControl(namespace);
  await control.changeLink((await control.findLink("lo"))?.index ?? 0, { up: true });
  const socket = connectWithin(await requireLibc(), namespace, { host: "127.0.0.1", port: 7001 });
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNREFUSED");
});
