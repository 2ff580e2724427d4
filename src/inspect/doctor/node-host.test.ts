import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node } from "../../api/node.ts";
import { nodeWith } from "./node-host.ts";

function node(name: string, ...addresses: readonly string[]): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      uid: name,
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: {},
    status: { addresses: addresses.map((address) => ({ type: "InternalIP" as const, address })) },
  };
}

const nodes = [node("a", "192.0.2.1", "2001:db8::1"), node("b", "192.0.2.2"), node("c", "192.0.2.2")];

describe("a machine is the node", () => {
  for (const [what, addresses, expected] of [
    ["that has one of its addresses", ["198.51.100.1", "192.0.2.1"], "a"],
    ["that has one of its IPv6 addresses", ["2001:db8::1"], "a"],
    ["of none where no node has its addresses", ["198.51.100.1"], undefined],
    ["of none where several nodes share one", ["192.0.2.2"], undefined],
    ["of none where it has no addresses", [], undefined],
  ] as const) {
    test(what, () => assert.equal(nodeWith(nodes, addresses)?.metadata.name, expected));
  }
});
