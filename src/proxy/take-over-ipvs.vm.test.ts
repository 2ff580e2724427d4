/** Proxies of ipvs mode and another one, one after the other on the same node. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { onlyInVm } from "../../test/support/only-in-vm.ts";
import { startLoad } from "../dataplane/conformance-load.ts";
import { apply, connected, placeOf, startBackends } from "../dataplane/conformance-steps.ts";
import { sketchTable } from "../dataplane/conformance-tables.ts";
import { runOnNode } from "../dataplane/testing/ipvs-command.ts";
import { createNamespaceHarness } from "../dataplane/testing/namespace-harness.ts";
import { runNft } from "../dataplane/testing/nft-command.ts";
import { type NodeWorld, openNodeWorld } from "../dataplane/testing/node-world.ts";
import { families } from "../forwarding/testing/world.ts";

const hostOf = (mode: "nftables" | "ipvs") => new URL(`testing/${mode}-host.ts`, import.meta.url);

/** What is in the kernel: tables, virtual servers, the rule that leads packets to them. */
function leftOf(world: NodeWorld): readonly string[] {
  const tables = runNft(world, "list tables").match(/\S+ \S+$/gm) ?? [];
  return [
    ...tables.toSorted(),
    ...(runOnNode(world, "ipvsadm --save --numeric") === "" ? [] : ["virtual servers"]),
    ...(runOnNode(world, "ip -4 rule show priority 90") === "" ? [] : ["rule"]),
  ];
}

describe("a proxy in ipvs mode", { timeout: 300_000, ...onlyInVm }, () => {
  let world: NodeWorld;
  before(async () => {
    world = await openNodeWorld();
  });
  after(() => world.close());

  for (const family of families) {
    test(`takes over without a failed connection, and leaves nothing to the next mode (${family})`, async () => {
      const harness = await createNamespaceHarness(world, family, { host: hostOf("nftables") });
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one", "two"]);
      const [address = ""] = harness.serviceAddresses;
      const table = sketchTable(harness, [
        { port, backends },
        { port: 80, address, backends },
      ]);
      await apply(harness, table);
      const place = placeOf(harness, port);
      const [client] = harness.clients;
      const before = await connected(client, place);
      const load = startLoad(harness, "TCP", place);
      await harness.killDataplane?.();
      const ipvs = await world.openDataplane(hostOf("ipvs"));
      await ipvs.apply(table);
      while (leftOf(world).includes("ip porthole")) await load.another();
      const ofFlows = ["inet porthole-ipvs"];
      const ofServers = ["virtual servers", "rule"];
      const ofRules = ["ip porthole-ipvs", "ip6 porthole-ipvs"];
      assert.deepEqual(leftOf(world), [...ofFlows, ...ofRules, ...ofServers]);
      const during = [await connected(client, place), await connected(client, { address, port: 80 })];
      await ipvs.kill();
      await load.another();

      await harness.startDataplane?.();
      await apply(harness, table);
      while (leftOf(world).includes("ip porthole-ipvs")) await load.another();
      // Connections that are open still need them.
      assert.deepEqual(leftOf(world), [...ofFlows, "ip porthole", "ip6 porthole", ...ofServers]);
      await load.stop();
      for (const connection of [before, ...during]) {
        assert.equal(await connection.echo("still there?"), "still there?");
        await connection.close();
      }
      await harness.close();
    });
  }
});
