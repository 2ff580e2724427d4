import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterIndexes, onLinkPrefix, planAddresses } from "./address-plan.ts";
import { clusterName, namespaceName, parseNamespaceName, podNamespacePrefix } from "./cluster-name.ts";
import { freeIndexes, overlap } from "./free-index.ts";

test("a node's addresses and its pods' ranges follow from the cluster's index and the node's number", () => {
  const plan = planAddresses(201, true);
  assert.deepEqual(plan.prefixes, ["10.201.0.0/16", "fd70:6f72:68c9::/48"]);
  assert.deepEqual(plan.host, ["10.201.0.1", "fd70:6f72:68c9::1"]);
  assert.deepEqual(plan.node(3), {
    addresses: ["10.201.0.13", "fd70:6f72:68c9::13"],
    podCidrs: ["10.201.3.0/24", "fd70:6f72:68c9:3::/64"],
  });
  assert.equal(plan.serviceRange, "10.96.0.0/16,fd70:6f72:68ff::/112");
  assert.deepEqual(
    plan.loadBalancer.map(({ range, addresses }) => [range, addresses.length]),
    [
      ["10.201.0.240-10.201.0.247", 8],
      ["fd70:6f72:68c9::240-fd70:6f72:68c9::247", 8],
    ],
  );
});

test("without IPv6 everything has one address", () => {
  const plan = planAddresses(16, false);
  assert.deepEqual(plan.prefixes, ["172.16.0.0/16"]);
  assert.deepEqual(plan.node(200), { addresses: ["172.16.0.210"], podCidrs: ["172.16.200.0/24"] });
  assert.equal(plan.serviceRange, "10.96.0.0/16");
});

test("no two clusters, and no cluster and the Services, have an address in common", () => {
  const prefixes = clusterIndexes.flatMap((index) => planAddresses(index, true).prefixes);
  const all = [...prefixes, ...planAddresses(200, true).serviceRange.split(",")];
  for (const [at, prefix] of all.entries())
    for (const other of all.slice(at + 1)) assert.ok(!overlap(prefix, other), `${prefix} and ${other}`);
});

test("an address is given to a link with the prefix that is reached directly", () => {
  assert.equal(onLinkPrefix("10.200.0.1"), "10.200.0.1/24");
  assert.equal(onLinkPrefix("fd70:6f72:68c8::1"), "fd70:6f72:68c8::1/64");
});

const routeCases: readonly { readonly routes: readonly string[]; readonly first: number | undefined }[] = [
  { routes: [], first: 200 },
  { routes: ["0.0.0.0/0", "::/0"], first: 200 },
  { routes: ["10.200.0.0/24"], first: 201 },
  { routes: ["10.200.3.7"], first: 201 },
  { routes: ["fd70:6f72:68c8::/64"], first: 201 },
  { routes: ["10.192.0.0/11"], first: 224 },
  { routes: ["10.0.0.0/8"], first: 16 },
  { routes: ["10.0.0.0/8", "172.16.0.0/12"], first: 64 },
  { routes: ["10.0.0.0/8", "172.16.0.0/12", "100.64.0.0/10"], first: undefined },
];
for (const { routes, first } of routeCases) {
  test(`beside routes to ${routes.join(", ") || "nowhere"} a cluster gets ${first ?? "no"} addresses`, () => {
    assert.equal(freeIndexes(routes, true)[0], first);
  });
}

test("a namespace's name says whose it is", () => {
  const owner = { pid: 4711, startTime: "88123" };
  const cluster = clusterName(owner);
  assert.deepEqual(parseNamespaceName(namespaceName(cluster, "node-1")), { cluster, owner, role: "node-1" });
  assert.equal(parseNamespaceName(`${podNamespacePrefix(cluster, "node-1")}7`)?.role, "node-1-pod-7");
  for (const other of ["porthole-x", "porthole-4711-node-1", "pt-4711-1", "x-porthole-4711.88123-switch"])
    assert.equal(parseNamespaceName(other), undefined, other);
});
