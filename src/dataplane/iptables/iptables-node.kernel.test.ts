/** What the iptables dataplane does beside forwarding: localhost, others' rules, others' marks, and the end of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import type { ConformanceHarness, TestBackend } from "../conformance-harness.ts";
import { answered, apply, connected, placeOf, probe } from "../conformance-steps.ts";
import { sketchTable } from "../conformance-tables.ts";
import { flushIptables, iptablesHost, runIptables, whyNoIptables } from "../testing/iptables-command.ts";
import { createNamespaceHarness } from "../testing/namespace-harness.ts";
import { runIp, writeSettings } from "../testing/network-namespaces.ts";
import { type NodeWorld, openNodeWorld } from "../testing/node-world.ts";
import { createPeerClient } from "../testing/peer-client.ts";
import { variants } from "./iptables-programs.ts";

const skip = needsRoot.skip || whyNoIptables();
const cleanup = new URL("../testing/iptables-cleanup.ts", import.meta.url).pathname;

for (const variant of variants) {
  describe(`a node with the iptables dataplane (${variant})`, { skip }, () => {
    let world: NodeWorld;
    let harness: ConformanceHarness;
    let backend: TestBackend;
    let port = 0;
    const iptables = (...args: readonly string[]) => runIptables(world, `iptables-${variant}`, "-w", ...args);
    const save = () => runIptables(world, `iptables-${variant}-save`);
    const cleanUp = () => runIptables(world, process.execPath, cleanup);

    before(async () => {
      world = await openNodeWorld();
    });
    after(() => world.close());
    beforeEach(async () => {
      harness = await createNamespaceHarness(world, "IPv4", {
        host: iptablesHost(variant),
        wipe: async () => flushIptables(world, variant),
      });
      backend = await harness.startBackend("one", "TCP");
      port = await harness.freePort();
    });
    afterEach(() => harness.close());

    const serve = (masquerade = true) =>
      apply(harness, sketchTable(harness, [{ port, backends: [backend], masquerade }]));

    test("serves localhost, and keeps others away from it", async () => {
      const secret = await world.peers.node.call("startBackend", {
        name: "secret",
        protocol: "TCP",
        address: "127.0.0.1",
      });
      const addresses = [...harness.nodeAddresses, "127.0.0.1"];
      await apply(harness, sketchTable(harness, [{ port, backends: [backend] }], addresses));
      const node = createPeerClient(world.peers.node, "127.0.0.1");
      assert.equal(await answered(node, "TCP", { address: "127.0.0.1", port }), "one");
      assert.equal(await answered(node, "TCP", { address: "127.0.0.1", port: secret.port }), "secret");

      // A neighbour that sends what is for loopback to the node (CVE-2020-8558).
      const [nodeAddress] = harness.nodeAddresses;
      const neighbour = world.namespaces.client;
      writeSettings(neighbour, { "net/ipv4/conf/all/route_localnet": "1" });
      runIp(neighbour, [
        "route del table local local 127.0.0.0/8 dev lo",
        "route del table local local 127.0.0.1 dev lo",
        `route add 127.0.0.1 via ${nodeAddress} dev eth0 onlink`,
      ]);
      const [client] = harness.clients;
      const reach = async () =>
        (await probe(client, "TCP", { address: "127.0.0.1", port: secret.port }, 250)).outcome;
      assert.equal(await reach(), "silent");
      assert.match(iptables("-t", "filter", "-vnL", "PORTHOLE-LOCALNET"), /^ *[1-9]\d* .* DROP /m);
      cleanUp();
      assert.equal(await reach(), "silent", "after the clean-up");
      await world.peers.node.call("stopBackend", secret.handle);
    });

    test("leaves others' rules alone, and is gone after the clean-up", async () => {
      iptables("-t", "nat", "-N", "NEIGHBOUR");
      iptables("-t", "nat", "-A", "PREROUTING", "-j", "NEIGHBOUR");
      iptables("-t", "filter", "-A", "INPUT", "-p", "tcp", "--dport", "9", "-j", "DROP");
      const before = rulesIn(save());
      await serve();
      await answered(harness.clients[0], "TCP", placeOf(harness, port));
      await harness.killDataplane?.();
      await harness.startDataplane?.();
      await serve(false);
      cleanUp();
      assert.deepEqual(rulesIn(save()), before);
    });

    test("leaves other bits of the mark as they are, and its own is gone when a packet leaves", async () => {
      const leaving = ["-t", "mangle", "-A", "POSTROUTING", "-d", backend.address, "-p", "tcp", "--syn"];
      iptables("-t", "mangle", "-A", "PREROUTING", "-j", "MARK", "--set-mark", "0x3");
      await serve();
      // Behind the translation, in a table that is asked last.
      iptables("-t", "nat", "-A", "PREROUTING", "-j", "RETURN");
      iptables(...leaving, "-m", "mark", "--mark", "0x4003", "-m", "comment", "--comment", "marked");
      await answered(harness.clients[0], "TCP", placeOf(harness, port));
      assert.match(iptables("-t", "mangle", "-vnL", "POSTROUTING"), /^ *[1-9]\d* .*marked/m);
      iptables("-t", "mangle", "-F");
    });

    for (const masquerade of [true, false]) {
      test(`a packet far outside the window resets no connection (source ${masquerade ? "masqueraded" : "kept"})`, {
        timeout: 20_000,
      }, async () => {
        await serve(masquerade);
        const connection = await connected(harness.clients[0], placeOf(harness, port));
        const nft = (commands: string) =>
          execFileSync("ip", ["netns", "exec", world.namespaces["pod-a1"], "nft", commands], {
            encoding: "utf8",
          });
        nft(
          `table ip window { chain output { type filter hook output priority -150; tcp sport ${backend.port} meta length > 500 limit rate 1/day burst 1 packets tcp sequence set 1 counter; }; }`,
        );
        const text = "x".repeat(1_000);
        assert.equal(await connection.echo(text), text);
        assert.match(nft("list table ip window"), /counter packets 1 /);
        await connection.close();
        nft("delete table ip window");
      });
    }
  });
}

/** Without counters and dates. */
function rulesIn(saved: string): readonly string[] {
  return saved
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.replace(/\[\d+:\d+\]$/, ""))
    .sort();
}
