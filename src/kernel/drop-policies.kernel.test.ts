import assert from "node:assert/strict";
import { test } from "node:test";
import { listDropPolicies } from "./index.ts";
import { needsRoot, runIn, testNamespace } from "./testing/kernel-test.ts";

test("chains that drop by default are listed, whoever made them", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  assert.deepEqual(await listDropPolicies(namespace), []);
  runIn(namespace, "iptables", "-P", "FORWARD", "DROP");
  const firewall =
    "table inet wall { chain in { type filter hook input priority 0; policy drop; }; chain out { type filter hook output priority 0; policy drop; }; }";
  runIn(namespace, "nft", firewall);
  assert.deepEqual(await listDropPolicies(namespace), [
    { chain: "ip filter FORWARD", hook: "forward" },
    { chain: "inet wall in", hook: "input" },
  ]);
});
