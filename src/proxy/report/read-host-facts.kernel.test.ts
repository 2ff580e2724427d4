import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostFacts } from "../../api/proxy-report/host-facts.ts";
import type { NetworkNamespace } from "../../kernel/index.ts";
import { needsRoot, runIn, testNamespace } from "../../kernel/testing/kernel-test.ts";

const reading = `
  const { readHostFacts } = await import(${JSON.stringify(new URL("./read-host-facts.ts", import.meta.url).href)});
  console.log(JSON.stringify(await readHostFacts(JSON.parse(process.argv[1]))));
`;

/** A process of its own, since the facts are those of the namespace that a process is in. */
function factsOf(namespace: NetworkNamespace, mode: string): HostFacts {
  const asked = {
    mode,
    nodePorts: [{ protocol: "TCP", port: 30_080 }],
    nodePortAddresses: ["192.0.2.1"],
    podCIDRs: ["198.51.100.0/25"],
  };
  const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module"];
  return JSON.parse(
    runIn(namespace, process.execPath, ...flags, "-e", reading, "--", JSON.stringify(asked)),
  ) as HostFacts;
}

test("a fresh system has nothing in the way", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  const facts = factsOf(namespace, "nftables");
  assert.equal(facts.invalidPackets, 0);
  assert.equal(facts.iptables, undefined);
  assert.equal(facts.uplink, undefined);
  assert.equal(facts.podLink, undefined);
  for (const none of [
    facts.kubeProxyRules,
    facts.kubeProxyUsers,
    facts.dropPolicies,
    facts.shadowedListeners,
  ])
    assert.deepEqual(none, []);
});

test("sizes of links and routes, leftovers and versions are read", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  const link = (name: string, mtu: number, address: string) => {
    runIn(namespace, "ip", "link", "add", name, "mtu", String(mtu), "type", "bridge");
    runIn(namespace, "ip", "link", "set", name, "up");
    runIn(namespace, "ip", "address", "add", address, "dev", name);
  };
  link("up0", 1500, "192.0.2.1/24");
  link("pods0", 1480, "198.51.100.1/25");
  link("tunnel0", 1400, "203.0.113.1/32");
  link("jumbo0", 9000, "203.0.113.2/32");
  runIn(namespace, "ip", "route", "add", "default", "via", "192.0.2.254");
  runIn(namespace, "ip", "route", "add", "198.51.100.128/25", "dev", "tunnel0");
  runIn(namespace, "iptables-nft", "-w", "-t", "nat", "-N", "KUBE-SERVICES");
  runIn(namespace, "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_be_liberal=1");
  const facts = factsOf(namespace, "iptables");
  assert.deepEqual(facts.uplink, { name: "up0", mtu: 1500 });
  assert.deepEqual(facts.widerLinks, [{ name: "jumbo0", mtu: 9000 }]);
  assert.deepEqual(facts.podLink, { name: "pods0", mtu: 1480 });
  assert.deepEqual(facts.narrowRoutes, [{ destination: "198.51.100.128/25", name: "tunnel0", mtu: 1400 }]);
  assert.deepEqual(facts.kubeProxyRules, ["ip nat KUBE-SERVICES"]);
  assert.equal(facts.liberalTcp, true);
  assert.match(facts.iptables ?? "", /^\d+\.\d+\.\d+ \((nft|legacy)\)$/);
});
