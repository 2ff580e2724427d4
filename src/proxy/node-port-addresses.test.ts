import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node } from "../api/node.ts";
import { parseBindAddress } from "./bind-address.ts";
import { chooseNodePortAddresses, parseNodePortAddresses } from "./node-port-addresses.ts";
import { viewOfNode } from "./view-of-node.ts";

const addresses = ["192.0.2.1", "198.51.100.1", "2001:db8::1", "2001:db8:1::1"];

describe("node-port addresses", () => {
  const rows: readonly [string, string | readonly string[] | undefined, readonly string[]][] = [
    ["by default the primary one of each family", undefined, ["192.0.2.1", "2001:db8::1"]],
    ["primary", "primary", ["192.0.2.1", "2001:db8::1"]],
    ["primary as a configuration file says it", ["primary"], ["192.0.2.1", "2001:db8::1"]],
    ["one range", "198.51.100.0/24", ["198.51.100.1"]],
    ["ranges of both families", "0.0.0.0/0, 2001:db8:1::/48", ["192.0.2.1", "198.51.100.1", "2001:db8:1::1"]],
    ["a range that the node is not in", ["10.0.0.0/8"], []],
  ];
  for (const [name, wanted, expected] of rows) {
    test(name, () =>
      assert.deepEqual(chooseNodePortAddresses(addresses, parseNodePortAddresses(wanted)), expected),
    );
  }
  for (const wrong of ["192.0.2.1", "primary,192.0.2.0/24", "192.0.2.0/33"]) {
    test(`"${wrong}" is refused with words that help`, () => {
      assert.throws(() => parseNodePortAddresses(wrong), {
        name: "SyntaxError",
        message: /CIDR such as 192\.0\.2\.0\/24/,
      });
    });
  }
});

describe("viewOfNode", () => {
  const node = (change: Partial<Node>): Node => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1", uid: "1", resourceVersion: "1", creationTimestamp: "" },
    spec: {},
    status: {},
    ...change,
  });

  test("internal addresses come first, names are left out, none is there twice", () => {
    const status: Node["status"] = {
      addresses: [
        { type: "Hostname", address: "node-1" },
        { type: "ExternalIP", address: "198.51.100.1" },
        { type: "InternalIP", address: "192.0.2.1" },
        { type: "InternalIP", address: "2001:DB8::1" },
        { type: "ExternalIP", address: "192.0.2.1" },
      ],
    };
    const view = viewOfNode(node({ status }), "primary");
    assert.deepEqual(view.addresses, ["192.0.2.1", "2001:db8::1", "198.51.100.1"]);
    assert.deepEqual(view.nodePortAddresses, ["192.0.2.1", "2001:db8::1"]);
  });

  test("the pods' ranges are read in both spellings", () => {
    assert.deepEqual(viewOfNode(node({ spec: { podCIDR: "10.0.0.0/24" } }), "primary").podCIDRs, [
      "10.0.0.0/24",
    ]);
    const podCIDRs = ["10.0.0.0/24", "fd00::/64"];
    assert.deepEqual(
      viewOfNode(node({ spec: { podCIDR: "10.0.0.0/24", podCIDRs } }), "primary").podCIDRs,
      podCIDRs,
    );
  });
});

describe("parseBindAddress", () => {
  test("reads both families, and nothing", () => {
    assert.deepEqual(parseBindAddress("127.0.0.1:10256"), { host: "127.0.0.1", port: 10256 });
    assert.deepEqual(parseBindAddress("[::]:10256"), { host: "::", port: 10256 });
    assert.equal(parseBindAddress(""), undefined);
  });
  for (const wrong of ["10256", "localhost:10256", "127.0.0.1:99999", "::1:10256"]) {
    test(`refuses "${wrong}"`, () => assert.throws(() => parseBindAddress(wrong), /write ADDRESS:PORT/));
  }
});
