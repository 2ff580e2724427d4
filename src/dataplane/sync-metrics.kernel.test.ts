import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildForwardingTable } from "../forwarding/index.ts";
import { families, makeService, makeSlices, nodeView } from "../forwarding/testing/world.ts";
import type { NetworkNamespace } from "../kernel/index.ts";
import { needsRoot, runIn, testNamespace } from "../kernel/testing/kernel-test.ts";
import type { Dataplane } from "./dataplane.ts";
import { familyTraits } from "./iptables/family-traits.ts";
import { IptablesDataplane } from "./iptables/iptables-dataplane.ts";
import { findPrograms, variants } from "./iptables/iptables-programs.ts";
import { openIptablesDataplane } from "./iptables/open-iptables-dataplane.ts";
import { openNftablesDataplane } from "./nftables/index.ts";
import { whyNoIptables } from "./testing/iptables-command.ts";

const kernels: readonly (readonly [string, (namespace: NetworkNamespace) => Promise<Dataplane>])[] = [
  ["nftables", (namespace) => openNftablesDataplane(namespace)],
  ...variants.map(
    (variant) =>
      [
        `iptables-${variant}`,
        (namespace: NetworkNamespace) => openIptablesDataplane({ namespace, variant }),
      ] as const,
  ),
];

function table(pods: readonly string[]) {
  return buildForwardingTable({
    node: nodeView("node-a"),
    services: [makeService()],
    endpointSlices: makeSlices(pods),
  }).table;
}

/** The values of one metric, by their labels. */
function valuesOf(text: string, name: string): Readonly<Record<string, number>> {
  const lines = [...text.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, "gm"))];
  return Object.fromEntries(lines.map(([, labels, value]) => [labels, Number(value)]));
}

function inBoth(value: number) {
  return Object.fromEntries(families.map((family) => [`ip_family="${family}"`, value]));
}

const skip = needsRoot.skip || whyNoIptables();

describe("what dataplanes measure of their syncs", { skip }, () => {
  for (const [name, open] of kernels) {
    test(`${name}: the first sync is full, and a change is partial`, async (t) => {
      const dataplane = await open(await testNamespace(t));
      t.after(() => dataplane.close(0));
      const syncs = () =>
        (["full", "partial"] as const).map((kind) =>
          valuesOf(dataplane.metrics?.() ?? "", `kubeproxy_sync_${kind}_proxy_rules_duration_seconds_count`),
        );
      await dataplane.apply(table(["a1"]));
      assert.deepEqual(syncs(), [inBoth(1), inBoth(0)]);
      await dataplane.apply(table(["a1", "b1"]));
      assert.deepEqual(syncs(), [inBoth(1), inBoth(1)]);
    });
  }

  for (const variant of variants) {
    test(`iptables-${variant}: rules are counted as iptables-save prints them`, async (t) => {
      const namespace = await testNamespace(t);
      const dataplane = await openIptablesDataplane({ namespace, variant });
      t.after(() => dataplane.close());
      const told = (what: string) =>
        valuesOf(dataplane.metrics(), `kubeproxy_sync_proxy_rules_iptables_${what}`);
      assert.deepEqual(told("total"), {});
      await dataplane.apply(table(["a1"]));
      const saved = Object.values(familyTraits).flatMap(({ family, program }) =>
        ["filter", "nat"].map((table) => {
          const text = runIn(
            namespace,
            `${program.replace("tables", `tables-${variant}`)}-save`,
            "-t",
            table,
          );
          return [`ip_family="${family}",table="${table}"`, [...text.matchAll(/^-A /gm)].length] as const;
        }),
      );
      assert.deepEqual(told("total"), Object.fromEntries(saved));
      assert.deepEqual(told("last"), Object.fromEntries(saved));
      await dataplane.apply(table(["a1", "b1"]));
      const [written = 0] = Object.values(told("last"));
      assert.ok(written > 0 && written < (told("total")[saved[0]?.[0] ?? ""] ?? 0));
    });
  }

  test("a failed run of iptables-restore is counted by what it was to do", async (t) => {
    const namespace = await testNamespace(t);
    const programs = await findPrograms("nft", namespace);
    assert.ok(programs);
    let failures = 1;
    const restore: typeof programs.restore = async (program, text) => {
      failures -= 1;
      await programs.restore(program, failures === 0 ? "*nat\nno rule\nCOMMIT\n" : text);
    };
    const kernel = {
      programs: { ...programs, restore },
      routeLoopback: async () => {},
      randomFully: true,
    };
    const dataplane = new IptablesDataplane({
      families: new Map([["IPv4", kernel]]),
      watch: { changedByOthers: async () => false },
      flows: { follow: async () => new Map() },
      removeOtherVariants: async () => {},
      close: async () => {},
    });
    const told = () =>
      (["iptables", "iptables_partial"] as const).map(
        (which) =>
          valuesOf(dataplane.metrics(), `kubeproxy_sync_proxy_rules_${which}_restore_failures_total`)[
            'ip_family="IPv4"'
          ],
      );
    await assert.rejects(dataplane.apply(table(["a1"])));
    assert.deepEqual(told(), [1, 0]);
    await dataplane.apply(table(["a1"]));
    failures = 1;
    await assert.rejects(dataplane.apply(table(["b1"])));
    assert.deepEqual(told(), [1, 1]);
  });
});
