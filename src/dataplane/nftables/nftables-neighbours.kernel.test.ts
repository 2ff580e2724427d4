/** The nftables dataplane beside others who use nftables, conntrack and the packet mark on the same node. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { families } from "../../forwarding/testing/world.ts";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import type { ConformanceHarness, TestBackend } from "../conformance-harness.ts";
import { answered, apply, connected, placeOf, probe } from "../conformance-steps.ts";
import { sketchTable } from "../conformance-tables.ts";
import { createNamespaceHarness } from "../testing/namespace-harness.ts";
import { runNft, whyNoNft, wipePorthole } from "../testing/nft-command.ts";
import { type NodeWorld, openNodeWorld } from "../testing/node-world.ts";

const host = new URL("../testing/nftables-host.ts", import.meta.url);
const skip = needsRoot.skip || whyNoNft();

for (const family of families) {
  describe(`the nftables dataplane's neighbours over ${family}`, { skip }, () => {
    const ip = family === "IPv4" ? "ip" : "ip6";
    let world: NodeWorld;
    let harness: ConformanceHarness;
    let backend: TestBackend;
    let port = 0;

    before(async () => {
      world = await openNodeWorld();
    });
    after(() => world.close());
    beforeEach(async () => {
      harness = await createNamespaceHarness(world, family, { host, wipe: async () => wipePorthole(world) });
      backend = await harness.startBackend("one", "TCP");
      port = await harness.freePort();
    });
    afterEach(async () => {
      await harness.close();
      runNft(world, "flush ruleset");
    });

    const serve = (masquerade = true) =>
      apply(harness, sketchTable(harness, [{ port, backends: [backend], masquerade }]));
    const isServed = async () =>
      assert.equal(await answered(harness.clients[0], "TCP", placeOf(harness, port)), "one");

    test("their tables stay as they are", async () => {
      runNft(
        world,
        `table ${ip} neighbour {
           set addresses {
             type ${family === "IPv4" ? "ipv4_addr" : "ipv6_addr"}
             elements = { ${backend.address} }
           }
           chain input {
             type filter hook input priority 0
             ${ip} saddr @addresses accept
           }
         }
         table inet fw {
           comment "firewall"
           chain forward {
             type filter hook forward priority 0
             accept
           }
         }`,
      );
      const list = () => [`${ip} neighbour`, "inet fw"].map((table) => runNft(world, `list table ${table}`));
      const before = list();
      await serve();
      await isServed();
      await harness.killDataplane?.();
      await harness.startDataplane?.();
      await serve(false);
      await isServed();
      await apply(harness, sketchTable(harness, []));
      assert.deepEqual(list(), before);
    });

    test("what a neighbour drops stays dropped", async () => {
      await serve();
      await isServed();
      runNft(
        world,
        `table inet fw {
           chain forward {
             type filter hook forward priority 0
             ${ip} daddr ${backend.address} drop
           }
         }`,
      );
      const { outcome } = await probe(harness.clients[0], "TCP", placeOf(harness, port), 250);
      assert.equal(outcome, "silent");
      runNft(world, "delete table inet fw");
      await isServed();
    });

    test("their bits of the mark stay, and the dataplane's own is gone when a packet leaves", async () => {
      runNft(
        world,
        `table ${ip} marks {
           chain first {
             type filter hook prerouting priority -300
             meta mark set 0x3
           }
           chain last {
             type filter hook postrouting priority 300
             ${ip} daddr ${backend.address} tcp flags syn meta mark 0x3 counter comment "as set"
             ${ip} daddr ${backend.address} tcp flags syn meta mark != 0x3 counter comment "changed"
           }
         }`,
      );
      await serve();
      await isServed();
      const counted = runNft(world, `list chain ${ip} marks last`);
      assert.match(counted, /packets [1-9]\d* bytes \d+ comment "as set"/);
      assert.match(counted, /packets 0 bytes 0 comment "changed"/);
    });

    for (const masquerade of [true, false]) {
      test(`a packet far outside the window resets no connection (source ${masquerade ? "masqueraded" : "kept"})`, {
        timeout: 20_000,
      }, async () => {
        await serve(masquerade);
        const connection = await connected(harness.clients[0], placeOf(harness, port));
        // The backend's next long packet leaves with a number that conntrack calls INVALID; it is sent again as it should be.
        runNft(
          world,
          `table ${ip} window {
             chain output {
               type filter hook output priority -150
               tcp sport ${backend.port} meta length > 500 limit rate 1/day burst 1 packets tcp sequence set 1 counter
             }
           }`,
          "pod-a1",
        );
        const text = "x".repeat(1_000);
        assert.equal(await connection.echo(text), text);
        assert.match(runNft(world, `list table ${ip} window`, "pod-a1"), /counter packets 1 /);
        await connection.close();
        runNft(world, `delete table ${ip} window`, "pod-a1");
      });
    }

    test("traffic goes on when the dataplane is closed", async () => {
      await serve();
      await harness.dataplane.close(0);
      await isServed();
      await harness.startDataplane?.();
    });
  });
}
