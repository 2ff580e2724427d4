/** Conformance: where packets are led. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import type { ConformanceHarness } from "./conformance-harness.ts";
import {
  answered,
  apply,
  nodeAddressesOf,
  placeOf,
  probe,
  startBackends,
  whoAnswers,
} from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const protocols = ["TCP", "UDP"] as const;

export const forwardTests: readonly ConformanceTest[] = [
  ...protocols.flatMap((protocol): ConformanceTest[] => [
    {
      name: `a node port leads to its backend on every node-port address (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        const backends = await startBackends(harness, protocol, ["one"]);
        await apply(harness, sketchTable(harness, [{ port, protocol, backends }]));
        for (const address of nodeAddressesOf(harness)) {
          assert.equal(await answered(harness.clients[0], protocol, { address, port }), "one");
        }
      },
    },
    {
      name: `clients are spread over all backends (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        const backends = await startBackends(harness, protocol, ["one", "two", "three"]);
        await apply(harness, sketchTable(harness, [{ port, protocol, backends }]));
        const seen = await whoAnswers(harness.clients[0], protocol, placeOf(harness, port), 80);
        assert.deepEqual([...seen].sort(), ["one", "three", "two"]);
      },
    },
    {
      name: `a port that nobody serves is refused (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        await apply(harness, sketchTable(harness, [{ port, protocol, backends: "reject" }]));
        assert.equal((await probe(harness.clients[0], protocol, placeOf(harness, port))).outcome, "refused");
      },
    },
    {
      name: `a port that only other nodes serve stays silent (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        await apply(harness, sketchTable(harness, [{ port, protocol, backends: "drop" }]));
        assert.equal((await probe(harness.clients[0], protocol, placeOf(harness, port))).outcome, "silent");
      },
    },
    {
      name: `a load balancer's address answers only clients in its source ranges (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        const [address = ""] = harness.serviceAddresses;
        const [allowed, other] = harness.clients;
        const backends = await startBackends(harness, protocol, ["one"]);
        const sourceRanges = [`${allowed.address}/32`];
        await apply(harness, sketchTable(harness, [{ address, port, protocol, backends, sourceRanges }]));
        assert.equal(await answered(allowed, protocol, { address, port }), "one");
        assert.equal((await probe(other, protocol, { address, port })).outcome, "silent");
      },
    },
    {
      name: `a load balancer's address that nobody serves refuses everybody, whatever its source ranges (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        const [address = ""] = harness.serviceAddresses;
        const [allowed, other] = harness.clients;
        const sourceRanges = [`${allowed.address}/32`];
        await apply(
          harness,
          sketchTable(harness, [{ address, port, protocol, backends: "reject", sourceRanges }]),
        );
        for (const client of [allowed, other]) {
          assert.equal((await probe(client, protocol, { address, port })).outcome, "refused");
        }
      },
    },
  ]),
  {
    name: "a node port leads to its backend over IPv6",
    async run(harness) {
      const address = harness.nodeAddresses.find((one) => one.includes(":"));
      if (address === undefined || !harness.client6) return;
      const port = await harness.freePort();
      const backends = [await harness.startBackend("one", "TCP", "IPv6")];
      await apply(harness, sketchTable(harness, [{ port, family: "IPv6", backends }]));
      assert.equal(await answered(harness.client6, "TCP", { address, port }), "one");
    },
  },
  {
    name: "TCP and UDP on one number lead each to its own backends",
    async run(harness) {
      const port = await harness.freePort();
      const tcp = await startBackends(harness, "TCP", ["over-tcp"]);
      const udp = await startBackends(harness, "UDP", ["over-udp"]);
      await apply(
        harness,
        sketchTable(harness, [
          { port, protocol: "TCP", backends: tcp },
          { port, protocol: "UDP", backends: udp },
        ]),
      );
      const [client] = harness.clients;
      assert.equal(await answered(client, "TCP", placeOf(harness, port)), "over-tcp");
      assert.equal(await answered(client, "UDP", placeOf(harness, port)), "over-udp");
    },
  },
  {
    name: "two addresses with one port number lead each to its own backends",
    run: async (harness) => {
      const port = await harness.freePort();
      const [first = "", second = ""] = harness.serviceAddresses;
      const [one, two] = await startBackends(harness, "TCP", ["one", "two"]);
      assert.ok(one && two);
      await apply(
        harness,
        sketchTable(harness, [
          { address: first, port, backends: [one] },
          { address: second, port, service: "other", backends: [two] },
        ]),
      );
      assert.equal(await answered(harness.clients[0], "TCP", { address: first, port }), "one");
      assert.equal(await answered(harness.clients[0], "TCP", { address: second, port }), "two");
    },
  },
  {
    name: "a port that is in no table is not answered",
    async run(harness: ConformanceHarness) {
      const port = await harness.freePort();
      await apply(harness, sketchTable(harness, []));
      assert.equal((await probe(harness.clients[0], "TCP", placeOf(harness, port))).outcome, "refused");
    },
  },
];
