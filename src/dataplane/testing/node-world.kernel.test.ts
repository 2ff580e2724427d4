/** The world itself, without any dataplane of ours: what the suites see in it is the dataplane's doing alone. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { families } from "../../forwarding/testing/world.ts";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import type { TestClient, TestProtocol } from "../conformance-harness.ts";
import { probe } from "../conformance-steps.ts";
import { createNamespaceHarness } from "./namespace-harness.ts";
import { runNft, whyNoNft } from "./nft-command.ts";
import { type NodeWorld, openNodeWorld } from "./node-world.ts";
import { startPods } from "./packet-agreement.ts";
import { podPort } from "./random-traffic.ts";

const skip = needsRoot.skip;
const host = new URL("./userspace-host.ts", import.meta.url);
const protocols = ["TCP", "UDP"] as const;
let world: NodeWorld;

if (!skip) {
  before(async () => {
    world = await openNodeWorld();
    await startPods(world);
  });
  after(() => world.close());
}

for (const family of families) {
  describe(`a node without a dataplane over ${family}`, { skip }, () => {
    test("pods see everybody's own address", async () => {
      const { pods, farPods } = world.plan(family);
      const harness = await createNamespaceHarness(world, family, { host });
      for (const protocol of protocols) {
        for (const address of [...pods, ...farPods]) {
          const others = (["node", "pod", "other-pod", "far-pod"] as const).map(harness.clientAt);
          for (const client of [...harness.clients, ...others].filter((one) => one.address !== address)) {
            assert.deepEqual(await probe(client, protocol, { address, port: podPort }), {
              outcome: "reply",
              backend: address,
              saw: client.address,
            });
          }
        }
      }
      await harness.close();
    });

    test("its own addresses refuse, and Services' addresses lead nowhere", async () => {
      const { nodeAddresses, clusterAddresses, outsideAddresses } = world.plan(family);
      const harness = await createNamespaceHarness(world, family, { host });
      const port = await harness.freePort();
      const everybody = [harness.clients[0], ...(["pod", "far-pod", "node"] as const).map(harness.clientAt)];
      const look = async (client: TestClient, protocol: TestProtocol) => {
        for (const address of nodeAddresses) {
          assert.equal((await probe(client, protocol, { address, port })).outcome, "refused");
        }
        for (const address of [...clusterAddresses, ...outsideAddresses]) {
          const { outcome } = await probe(client, protocol, { address, port }, 200);
          assert.ok(
            ["unreachable", "silent"].includes(outcome),
            `${client.address} -> ${address}: ${outcome}`,
          );
        }
      };
      await Promise.all(everybody.flatMap((client) => protocols.map((protocol) => look(client, protocol))));
      await harness.close();
    });

    test("rules written by hand show as what they are", {
      skip: whyNoNft(),
    }, async () => {
      const { nodeAddresses, clusterAddresses, pods } = world.plan(family);
      const [address] = clusterAddresses;
      const ip = family === "IPv4" ? "ip" : "ip6";
      runNft(
        world,
        `
        table ${ip} by-hand {
          chain prerouting {
            type nat hook prerouting priority dstnat;
            ${ip} daddr ${address} tcp dport 80 dnat to ${pods[0]} : ${podPort}
            ${ip} daddr ${address} tcp dport 81 meta mark set 1 dnat to ${pods[0]} : ${podPort}
          }
          chain postrouting {
            type nat hook postrouting priority srcnat;
            meta mark 1 masquerade
          }
          chain forward {
            type filter hook prerouting priority -150;
            ${ip} daddr ${address} tcp dport 82 drop
            ${ip} daddr ${address} tcp dport 83 reject with tcp reset
            ${ip} daddr ${address} udp dport 83 reject
          }
        }`,
      );
      const harness = await createNamespaceHarness(world, family, { host });
      const [client] = harness.clients;
      const ask = (protocol: "TCP" | "UDP", port: number) =>
        probe(client, protocol, { address, port }, 1_000);
      const backend = pods[0];
      assert.deepEqual(await ask("TCP", 80), { outcome: "reply", backend, saw: client.address });
      assert.deepEqual(await ask("TCP", 81), { outcome: "reply", backend, saw: nodeAddresses[0] });
      assert.deepEqual(await ask("TCP", 82), { outcome: "silent" });
      assert.deepEqual(await ask("TCP", 83), { outcome: "refused" });
      assert.deepEqual(await ask("UDP", 83), { outcome: "refused" });
      await harness.close();
      runNft(world, `delete table ${ip} by-hand`);
    });
  });
}
