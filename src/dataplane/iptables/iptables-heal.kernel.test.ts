/** What the iptables dataplane notices of others' changes, and what the kernel takes of addresses that somebody chose with care. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { backend, type ForwardingTable, type Frontend, frontendKey } from "../../forwarding/index.ts";
import { needsRoot, runIn, testNamespace } from "../../kernel/testing/kernel-test.ts";
import { whyNoIptables } from "../testing/iptables-command.ts";
import { openIptablesDataplane } from "./index.ts";
import { variants } from "./iptables-programs.ts";

const skip = needsRoot.skip || whyNoIptables();

function tableOf(addresses: readonly string[]): ForwardingTable {
  const frontends = addresses.map((address, index): Frontend => {
    const family = address.includes(":") ? "IPv6" : "IPv4";
    const pod = family === "IPv6" ? "fd00:180:2::1" : "10.180.2.1";
    const target = { kind: "forward", backends: [backend(pod, 8080, true)] } as const;
    return {
      key: frontendKey("LoadBalancerIP", family, "TCP", address, 80),
      kind: "LoadBalancerIP",
      address,
      family,
      protocol: "TCP",
      port: 80,
      service: { namespace: "default", name: `web-${index}`, port: "" },
      external: target,
      internal: target,
      masquerade: true,
      affinitySeconds: 60,
      sourceRanges: ["203.0.113.0/24", "2001:db8::/32"],
    };
  });
  return {
    node: "node-a",
    nodePortAddresses: ["192.0.2.1"],
    nodeAddresses: ["192.0.2.1"],
    podCIDRs: ["10.180.1.0/24"],
    frontends: new Map(frontends.map((frontend) => [frontend.key, frontend])),
  };
}

for (const variant of variants) {
  describe(`the iptables dataplane (${variant})`, { skip }, () => {
    test("mends what others changed without being given a table", async (t) => {
      const namespace = await testNamespace(t);
      const dataplane = await openIptablesDataplane({ variant, namespace });
      const run = (...args: readonly string[]) => runIn(namespace, `iptables-${variant}`, "-w", ...args);
      const save = () => runIn(namespace, `iptables-${variant}-save`).replaceAll(/^#.*$|\[\d+:\d+\]/gm, "");
      try {
        await dataplane.heal();
        await dataplane.apply(tableOf(["198.51.100.1", "2001:db8:1::1"]));
        const rules = save();
        for (const command of [
          ["-t", "nat", "-F"],
          ["-t", "filter", "-D", "INPUT", "1"],
          ["-t", "nat", "-F", "PORTHOLE-POSTROUTING"],
        ]) {
          run(...command);
          assert.notEqual(save(), rules);
          await dataplane.heal();
          assert.equal(save(), rules, command.join(" "));
        }
      } finally {
        await dataplane.close();
      }
    });

    test("takes addresses that share all but their last digits, level after level", async (t) => {
      const namespace = await testNamespace(t);
      const dataplane = await openIptablesDataplane({ variant, namespace });
      const addresses = Array.from({ length: 12 }, (_, digit) =>
        Array.from({ length: 40 }, (__, index) => {
          const text = `${"2".repeat(digit + 1)}3`.padEnd(30, "4") + (index + 16).toString(16);
          return (text.match(/.{4}/g) ?? []).join(":");
        }),
      ).flat();
      try {
        await dataplane.apply(tableOf(addresses));
        assert.match(runIn(namespace, `ip6tables-${variant}-save`), /PORTHOLE-TO-H/);
      } finally {
        await dataplane.close();
      }
    });
  });
}
