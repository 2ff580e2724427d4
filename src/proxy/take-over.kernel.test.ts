/** Proxies of different modes, one after the other on the same node. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startLoad } from "../dataplane/conformance-load.ts";
import { apply, connected, placeOf, startBackends } from "../dataplane/conformance-steps.ts";
import { sketchTable } from "../dataplane/conformance-tables.ts";
import { flushIptables, runIptables, whyNoIptables } from "../dataplane/testing/iptables-command.ts";
import { createNamespaceHarness } from "../dataplane/testing/namespace-harness.ts";
import { runNft, whyNoNft } from "../dataplane/testing/nft-command.ts";
import { type NodeWorld, openNodeWorld } from "../dataplane/testing/node-world.ts";
import { families } from "../forwarding/testing/world.ts";
import { needsRoot } from "../kernel/testing/kernel-test.ts";

const skip = needsRoot.skip || whyNoNft() || whyNoIptables();
const hostOf = (mode: "nftables" | "iptables") => new URL(`testing/${mode}-host.ts`, import.meta.url);

/** Whose rules are in the kernel. */
function rulesOf(world: NodeWorld): readonly string[] {
  const has = (text: string) => text.includes("PORTHOLE-");
  return [
    ...(runNft(world, "list tables").includes(" porthole") ? ["nftables"] : []),
    ...(["nft", "legacy"] as const).filter((variant) =>
      ["iptables", "ip6tables"].some((program) => has(runIptables(world, `${program}-${variant}-save`))),
    ),
  ];
}

describe("a proxy in another mode", { skip }, () => {
  let world: NodeWorld;
  before(async () => {
    world = await openNodeWorld();
  });
  after(() => world.close());

  for (const family of families) {
    test(`takes over without a failed connection, and leaves nothing of the mode before it (${family})`, {
      timeout: 60_000,
    }, async () => {
      const harness = await createNamespaceHarness(world, family, { host: hostOf("nftables") });
      try {
        const port = await harness.freePort();
        const backends = await startBackends(harness, "TCP", ["one", "two"]);
        const table = sketchTable(harness, [{ port, backends }]);
        await apply(harness, table);
        assert.deepEqual(rulesOf(world), ["nftables"]);
        const place = placeOf(harness, port);
        const connection = await connected(harness.clients[0], place);
        const load = startLoad(harness, "TCP", place);
        const runUntilReplaced = async (mode: "nftables" | "iptables", expected: string) => {
          const proxy = await world.openDataplane(hostOf(mode));
          await proxy.apply(table);
          // It removes the others' when its own are in force.
          while (rulesOf(world).join() !== expected) await load.another();
          await proxy.kill();
          await load.another();
        };
        await harness.killDataplane?.();
        await load.another();
        await runUntilReplaced("iptables", "nft");
        // The kubelet says which variant the node uses.
        runIptables(world, "iptables-legacy", "-w", "-t", "mangle", "-N", "KUBE-IPTABLES-HINT");
        await runUntilReplaced("iptables", "legacy");
        await runUntilReplaced("nftables", "nftables");
        await harness.startDataplane?.();
        await load.stop();
        assert.equal(await connection.echo("still there?"), "still there?");
        await connection.close();
      } finally {
        await harness.close();
        runIptables(world, "iptables-legacy", "-w", "-t", "mangle", "-X");
        for (const variant of ["nft", "legacy"] as const) flushIptables(world, variant);
      }
    });
  }
});
