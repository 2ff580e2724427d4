import assert from "node:assert/strict";
import { test } from "node:test";
import { listKubeProxyRules } from "./index.ts";
import { needsRoot, runIn, testNamespace } from "./testing/kernel-test.ts";

test("rules of kube-proxy, and those of others that lead to its chains", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  assert.deepEqual(await listKubeProxyRules(namespace), { places: [], users: [] });
  // What a kubelet makes is not kube-proxy's, and what kube-proxy itself puts into base chains nobody else's.
  const iptables = (...args: string[]) => runIn(namespace, "iptables-nft", "-w", ...args);
  iptables("-t", "mangle", "-N", "KUBE-KUBELET-CANARY");
  iptables("-N", "SITE-WALL");
  iptables("-A", "SITE-WALL", "-j", "ACCEPT");
  assert.deepEqual(await listKubeProxyRules(namespace), { places: [], users: [] });

  iptables("-t", "nat", "-N", "KUBE-SERVICES");
  iptables("-t", "nat", "-A", "PREROUTING", "-j", "KUBE-SERVICES");
  iptables("-N", "KUBE-FORWARD");
  iptables("-A", "FORWARD", "-j", "KUBE-FORWARD");
  iptables("-A", "SITE-WALL", "-p", "tcp", "--dport", "8080", "-j", "KUBE-FORWARD");
  assert.deepEqual(await listKubeProxyRules(namespace), {
    places: ["ip nat KUBE-SERVICES"],
    users: ["ip filter SITE-WALL -> KUBE-FORWARD"],
  });

  iptables("-F");
  iptables("-t", "nat", "-F");
  iptables("-X");
  iptables("-t", "nat", "-X");
  runIn(namespace, "nft", "table ip6 kube-proxy { chain services { }; chain in { goto services; }; }");
  assert.deepEqual(await listKubeProxyRules(namespace), { places: ["ip6 kube-proxy"], users: [] });
});
