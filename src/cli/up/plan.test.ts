import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maxNodes, planComponents, planNodes } from "./plan.ts";

test("planNodes gives the three nodes of the default cluster the addresses that the README names", () => {
  assert.deepEqual(planNodes(3), [
    { name: "node-1", address: "127.0.1.1", podCidr: "127.0.2.0/26" },
    { name: "node-2", address: "127.0.1.2", podCidr: "127.0.2.64/26" },
    { name: "node-3", address: "127.0.1.3", podCidr: "127.0.2.128/26" },
  ]);
});

test("planNodes gives every node an address and pod addresses of its own, inside 127.0.0.0/8", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: maxNodes }), (count) => {
      const nodes = planNodes(count);
      const octets = nodes.flatMap(({ address, podCidr }) => [address, podCidr.replace("/26", "")]);
      assert.equal(new Set(octets).size, 2 * count);
      for (const octet of octets.flatMap((text) => text.split(".").map(Number)))
        assert.ok(octet >= 0 && octet <= 255);
    }),
  );
});

test("planComponents starts the API server before everything that needs it, and each name once", () => {
  const components = planComponents({ nodes: 4, apiPort: 6443, dataDir: "/data" });
  const names = components.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    components.filter(({ rank }) => rank === 0).map(({ name }) => name),
    ["apiserver"],
  );
  assert.equal(components.length, 2 + 4);
});
