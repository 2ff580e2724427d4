import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node } from "../api/node.ts";
import { parseNodePortAddresses } from "./node-port-addresses.ts";
import { type Surroundings, type ViewSettings, viewOfNode } from "./view-of-node.ts";

const node = (change: Partial<Node>): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node-1", uid: "1", resourceVersion: "1", creationTimestamp: "" },
  spec: {},
  status: {},
  ...change,
});

const status: Node["status"] = {
  addresses: [
    { type: "Hostname", address: "node-1" },
    { type: "ExternalIP", address: "198.51.100.1" },
    { type: "InternalIP", address: "192.0.2.1" },
    { type: "InternalIP", address: "2001:DB8::1" },
    { type: "ExternalIP", address: "192.0.2.1" },
  ],
};

function view(
  change: Partial<Node>,
  settings: Partial<ViewSettings> = {},
  around: Partial<Surroundings> = {},
) {
  return viewOfNode(
    node(change),
    {
      nodePortAddresses: parseNodePortAddresses(undefined),
      podDetection: { kind: "node-cidr" },
      ...settings,
    },
    { localAddresses: [], serviceCIDRs: [], ...around },
  );
}

describe("viewOfNode", () => {
  test("internal addresses come first, names are left out, none is there twice", () => {
    const { addresses, nodePortAddresses } = view({ status });
    assert.deepEqual(addresses, ["192.0.2.1", "2001:db8::1", "198.51.100.1"]);
    assert.deepEqual(nodePortAddresses, ["192.0.2.1", "2001:db8::1"]);
  });

  test("a range chooses among the machine's addresses, too", () => {
    const nodePortAddresses = parseNodePortAddresses("203.0.113.0/24,2001:db8::/32");
    const around = { localAddresses: ["127.0.0.1", "192.0.2.1", "203.0.113.7"] };
    assert.deepEqual(view({ status }, { nodePortAddresses }, around).nodePortAddresses, [
      "2001:db8::1",
      "203.0.113.7",
    ]);
  });

  test("a node on a loopback address has none of the machine's other addresses", () => {
    const addresses = [{ type: "InternalIP", address: "127.0.1.1" }] as const;
    const nodePortAddresses = parseNodePortAddresses("all");
    const found = view({ status: { addresses } }, { nodePortAddresses }, { localAddresses: ["192.0.2.1"] });
    assert.deepEqual(found.addresses, ["127.0.1.1"]);
    assert.deepEqual(found.nodePortAddresses, ["127.0.1.1"]);
  });

  test("the bind address is the primary one of its family", () => {
    assert.deepEqual(view({ status }, { bindAddress: "198.51.100.1" }).nodePortAddresses, [
      "198.51.100.1",
      "2001:db8::1",
    ]);
  });

  test("the pods' ranges are read in both spellings", () => {
    assert.deepEqual(view({ spec: { podCIDR: "10.0.0.0/24" } }).podCIDRs, ["10.0.0.0/24"]);
    const podCIDRs = ["10.0.0.0/24", "fd00::/64"];
    assert.deepEqual(view({ spec: { podCIDR: "10.0.0.0/24", podCIDRs } }).podCIDRs, podCIDRs);
  });

  test("pods are known by the cluster's ranges, or by their interfaces, where that is asked for", () => {
    const spec = { podCIDR: "10.0.0.0/24" };
    const cidrs = ["10.0.0.0/8", "fd00::/8"];
    assert.deepEqual(view({ spec }, { podDetection: { kind: "cluster-cidr", cidrs } }).podCIDRs, cidrs);
    const bridge = view({ spec }, { podDetection: { kind: "interface", match: "bridge", name: "cni0" } });
    assert.deepEqual(bridge.podCIDRs, []);
    assert.deepEqual(bridge.podInterfaces, { kind: "bridge", name: "cni0" });
  });

  test("what the dataplane must know beside is there only where it says something", () => {
    assert.ok(!("serviceCIDRs" in view({})) && !("masqueradeAll" in view({})));
    const told = view({}, { masqueradeAll: true, masqueradeBit: 3 }, { serviceCIDRs: ["10.96.0.0/16"] });
    assert.deepEqual(
      [told.masqueradeAll, told.masqueradeBit, told.serviceCIDRs],
      [true, 3, ["10.96.0.0/16"]],
    );
  });
});
