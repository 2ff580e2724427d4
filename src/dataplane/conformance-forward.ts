/** Conformance: where packets are led. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import type { ConformanceHarness } from "./conformance-harness.ts";
import {
  answered,
  apply,
  only,
  placeOf,
  refused,
  silent,
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
        for (const address of harness.nodeAddresses) {
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
        await refused(harness.clients[0], protocol, placeOf(harness, port));
      },
    },
    {
      name: `a port that only other nodes serve stays silent (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        await apply(harness, sketchTable(harness, [{ port, protocol, backends: "drop" }]));
        await silent(harness.clients[0], protocol, placeOf(harness, port));
      },
    },
    {
      name: `a load balancer's address answers only clients in its source ranges (${protocol})`,
      needs: ["several addresses"],
      async run(harness) {
        const port = await harness.freePort();
        const [address = ""] = harness.serviceAddresses;
        const [allowed, other] = harness.clients;
        const backends = await startBackends(harness, protocol, ["one"]);
        const sourceRanges = [only(allowed)];
        await apply(harness, sketchTable(harness, [{ address, port, protocol, backends, sourceRanges }]));
        assert.equal(await answered(allowed, protocol, { address, port }), "one");
        await silent(other, protocol, { address, port });
      },
    },
    {
      name: `a load balancer's address that nobody serves refuses everybody, whatever its source ranges (${protocol})`,
      needs: ["several addresses"],
      async run(harness) {
        const port = await harness.freePort();
        const [address = ""] = harness.serviceAddresses;
        const [allowed, other] = harness.clients;
        const sourceRanges = [only(allowed)];
        await apply(
          harness,
          sketchTable(harness, [{ address, port, protocol, backends: "reject", sourceRanges }]),
        );
        for (const client of [allowed, other]) {
          await refused(client, protocol, { address, port });
        }
      },
    },
  ]),
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
    needs: ["several addresses"],
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
      await refused(harness.clients[0], "TCP", placeOf(harness, port));
    },
  },
];
