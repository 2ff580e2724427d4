import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { loadBalancerRange, maxNodes, planComponents, planNodes } from "./plan.ts";

test("planNodes gives the three nodes of the default cluster the addresses that the README names", () => {
  assert.deepEqual(planNodes(3), [
    { name: "node-1", addresses: ["127.0.1.1"], podCidrs: ["127.0.2.0/26"] },
    { name: "node-2", addresses: ["127.0.1.2"], podCidrs: ["127.0.2.64/26"] },
    { name: "node-3", addresses: ["127.0.1.3"], podCidrs: ["127.0.2.128/26"] },
  ]);
});

test("planNodes gives every node an address and pod addresses of its own, inside 127.0.0.0/8", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: maxNodes }), (count) => {
      const nodes = planNodes(count);
      const octets = nodes.flatMap(({ addresses, podCidrs }) => [
        ...addresses,
        ...podCidrs.map((cidr) => cidr.replace("/26", "")),
      ]);
      assert.equal(new Set(octets).size, 2 * count);
      for (const octet of octets.flatMap((text) => text.split(".").map(Number)))
        assert.ok(octet >= 0 && octet <= 255);
    }),
  );
});

test("planComponents starts the API server before everything that needs it, and each name once", () => {
  const components = planComponents({
    site: {
      nodes: planNodes(4),
      apiHost: "127.0.0.1",
      serviceRange: "127.96.0.0/16",
      loadBalancerRange: "127.0.3.1-127.0.3.254",
      proxy: "userspace",
    },
    apiPort: 6443,
    dataDir: "/data",
  });
  const names = components.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    components.filter(({ rank }) => rank === 0).map(({ name }) => name),
    ["apiserver"],
  );
  assert.equal(components.length, 2 + 4);
});

test("the load balancer's addresses are no node's and no pod's, and the ones that the README names for the default cluster", () => {
  assert.equal(loadBalancerRange(3), "127.0.3.1-127.0.3.254");
  for (const count of [1, 4, 5, 8, 9, maxNodes]) {
    const [first = ""] = loadBalancerRange(count).split("-");
    const network = first.slice(0, first.lastIndexOf("."));
    for (const { addresses, podCidrs } of planNodes(count))
      for (const place of [...addresses, ...podCidrs]) assert.ok(!place.startsWith(`${network}.`), place);
  }
});
