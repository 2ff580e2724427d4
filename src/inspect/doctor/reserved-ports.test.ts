import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnose, healthy, proxyOf } from "./testing/cluster.ts";

for (const [reservedPorts, count] of [
  ["", 1],
  ["29999,30000-32767", 0],
  ["30080", 0],
  ["30081-30090", 1],
] as const) {
  test(`a NodePort among a node's own ports is ${count === 0 ? "no " : ""}trouble with "${reservedPorts}" reserved`, () => {
    const proxies = [proxyOf({}, { localPorts: [15_000, 60_999], reservedPorts })];
    const found = diagnose({ objects: healthy(), proxies });
    assert.equal(found.filter(({ id }) => id === "node-port-ephemeral").length, count);
  });
}
