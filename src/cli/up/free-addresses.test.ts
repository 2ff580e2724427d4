import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { chooseApiPort, nodeAgentPort, requireFreeNodes } from "./free-addresses.ts";

test("chooseApiPort refuses a port that is taken and says who holds it", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await assert.rejects(
    chooseApiPort("127.0.0.1", port),
    new RegExp(`127\\.0\\.0\\.1:${port}: process ${process.pid} .*Name another --api-port`),
  );
});

test("requireFreeNodes names the node whose address is held by somebody else", async (t) => {
  const address = "127.5.0.1";
  const server = createServer().listen(nodeAgentPort, address);
  t.after(() => server.close());
  await once(server, "listening");
  const nodes = [
    { name: "node-a", addresses: ["127.5.0.2"], podCidrs: [] },
    { name: "node-b", addresses: [address], podCidrs: [] },
  ];
  await assert.rejects(
    requireFreeNodes(nodes),
    new RegExp(`node-b on 127\\.5\\.0\\.1:10250: process ${process.pid} `),
  );
});
