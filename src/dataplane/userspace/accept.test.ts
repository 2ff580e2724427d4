import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { takeConnections } from "./accept.ts";
import { RelayBuffers } from "./relay-buffers.ts";
import { RelayWay } from "./relay-way.ts";
import { nodeAddress } from "./testing.ts";

for (const { name, early } of [
  { name: "through the server's handle", early: false },
  { name: "through the server's own sockets where there is no handle", early: true },
]) {
  test(`takeConnections relays every byte ${name}`, async () => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const tally = { bytes: 0 };
    const sockets: Socket[] = [];
    const take = () =>
      takeConnections(
        server,
        () => new RelayWay(new RelayBuffers(), tally),
        (socket, way) => {
          sockets.push(socket);
          // An echo: the way leads back to where it comes from.
          way.join(socket, socket);
          socket.resume();
        },
      );
    if (early) take();
    server.listen(0, nodeAddress);
    await once(server, "listening");
    if (!early) take();
    const client = connect({ host: nodeAddress, port: (server.address() as AddressInfo).port });
    const data = Buffer.alloc(3_000_000, "porthole");
    client.end(data);
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk as Buffer);
    assert.ok(Buffer.concat(chunks).equals(data));
    assert.equal(tally.bytes, data.length);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}
