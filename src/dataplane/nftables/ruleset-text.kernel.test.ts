/** What administrators see: the tables as nft prints them, beside the objects that they come from. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { buildForwardingTable } from "../../forwarding/build-forwarding-table.ts";
import type { ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { makeService, makeSlices, nodeView } from "../../forwarding/testing/world.ts";
import type { NetworkNamespace } from "../../kernel/index.ts";
import { needsRoot, testNamespace } from "../../kernel/testing/kernel-test.ts";
import { whyNoNft } from "../testing/nft-command.ts";
import { openNftablesDataplane } from "./open-nftables-dataplane.ts";

const skip = needsRoot.skip || whyNoNft();

/** One Service of each sort, on node-a. */
const services = [
  makeService("web"),
  makeService("local", {
    spec: {
      type: "LoadBalancer",
      clusterIPs: ["172.30.0.2", "fd00:172::2"],
      externalTrafficPolicy: "Local",
      ports: [{ name: "http", port: 80, targetPort: 8080, nodePort: 30081, protocol: "TCP" }],
      loadBalancerSourceRanges: ["203.0.113.0/24", "10.0.0.0/9", "10.128.0.0/9", "2001:db8::/64"],
    },
    status: { loadBalancer: { ingress: [{ ip: "198.51.100.1" }, { ip: "2001:db8:1::1" }] } },
  }),
  makeService("sticky", {
    spec: {
      clusterIPs: ["172.30.0.3", "fd00:172::3"],
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
      ports: [{ port: 53, targetPort: 8080, nodePort: 30082, protocol: "UDP" }],
    },
  }),
  makeService("nobody", {
    spec: {
      clusterIPs: ["172.30.0.4", "fd00:172::4"],
      ports: [{ port: 80, targetPort: 8080, nodePort: 30083, protocol: "TCP" }],
    },
  }),
];
const endpointSlices = [
  ...makeSlices(["a1", "b1", "c1"], { service: "web" }),
  ...makeSlices(["a1", "b1"], { service: "local", ports: [{ name: "http", port: 8080, protocol: "TCP" }] }),
  ...makeSlices(["a1", "b1"], { service: "sticky", ports: [{ name: "", port: 8080, protocol: "UDP" }] }),
];

const table: ForwardingTable = buildForwardingTable({
  node: nodeView("node-a", { serviceCIDRs: ["172.30.0.0/16", "fd00:172::/112"] }),
  services,
  endpointSlices,
}).table;

for (const family of ["ip", "ip6"] as const) {
  test(`nft prints the table "${family} porthole" readably, with Services' names`, { skip }, async (t) => {
    const node = await nodeWith(t, table);
    t.assert.fileSnapshot(
      sorted(nft(node, `list table ${family} porthole`)),
      new URL(`testdata/${family}.nft`, import.meta.url).pathname,
      { serializers: [(text: string) => text] },
    );
  });
}

test("what nft prints it loads, and prints again", { skip }, async (t) => {
  const printed = nft(await nodeWith(t, table), "list ruleset");
  const other = await testNamespace(t);
  nft(other, printed);
  assert.equal(sorted(nft(other, "list ruleset")), sorted(printed));
});

test("nft changes a table of its own beside ours", { skip }, async (t) => {
  const node = await nodeWith(t, table);
  const before = nft(node, "list table ip porthole");
  nft(node, "table ip mine {\nchain input {\ntype filter hook input priority 0\ntcp dport 22 accept\n}\n}");
  nft(node, "delete table ip mine");
  assert.equal(sorted(nft(node, "list table ip porthole")), sorted(before));
});

async function nodeWith(t: TestContext, applied: ForwardingTable): Promise<NetworkNamespace> {
  const node = await testNamespace(t);
  const dataplane = await openNftablesDataplane(node);
  await dataplane.apply(applied);
  await dataplane.close();
  return node;
}

function nft(namespace: NetworkNamespace, input: string): string {
  return namespace.run(() => execFileSync("nft", ["-f", "-"], { input, encoding: "utf8" }));
}

/** A map's elements come in any order. */
function sorted(text: string): string {
  return text.replace(/elements = \{([^}]*)\}/g, (_, elements: string) => {
    const lines = elements.split(",").map((element) => `\t\t\t${element.trim()}`);
    return `elements = {\n${lines.sort().join(",\n")} }`;
  });
}
