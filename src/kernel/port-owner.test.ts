import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { findPortOwner, formatPortOwner } from "./port-owner.ts";

const linuxOnly = { skip: process.platform !== "linux" && "only Linux tells through /proc" };

for (const { listenOn, ask } of [
  { listenOn: "127.3.0.3", ask: "127.3.0.3" },
  { listenOn: "0.0.0.0", ask: "127.3.0.3" },
  { listenOn: "::1", ask: "::1" },
  { listenOn: "::", ask: "127.3.0.3" },
]) {
  test(`findPortOwner finds a TCP listener on ${listenOn} by ${ask}`, linuxOnly, async () => {
    const server = createServer().listen(0, listenOn);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const owner = await findPortOwner({ protocol: "TCP", address: ask, port });
    assert.deepEqual(owner, { kind: "process", pid: process.pid, command: "node" });
    server.close();
    await once(server, "close");
    assert.equal(await findPortOwner({ protocol: "TCP", address: ask, port }), undefined);
  });
}

test("findPortOwner finds a bound UDP socket", linuxOnly, async () => {
  const socket = createSocket("udp4").bind(0, "127.3.0.3");
  await once(socket, "listening");
  const { port } = socket.address();
  const owner = await findPortOwner({ protocol: "UDP", address: "127.3.0.3", port });
  assert.equal(owner?.kind, "process");
  socket.close();
});

test("formatPortOwner names the process, or the user where only that is known", () => {
  assert.equal(formatPortOwner({ kind: "process", pid: 4711, command: "nginx" }), "process 4711 (nginx)");
  assert.match(formatPortOwner({ kind: "hidden", uid: 33 }), /user 33/);
});
