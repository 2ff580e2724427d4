/** Conformance: rules that change hold for the next connection, and for no earlier one. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import {
  answered,
  apply,
  connected,
  only,
  placeOf,
  reply,
  silent,
  startBackends,
} from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

export const transitionTests: readonly ConformanceTest[] = [
  {
    name: "an established connection lives on when its Service is deleted",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      const connection = await connected(harness.clients[0], placeOf(harness, port));
      await apply(harness, sketchTable(harness, []));
      assert.equal(await connection.echo("still there?"), "still there?");
      await connection.close();
    },
  },
  {
    name: "a node port passes from one Service to another, with affinity and without",
    async run(harness) {
      const port = await harness.freePort();
      const [client] = harness.clients;
      const [one, two, three] = await startBackends(harness, "TCP", ["one", "two", "three"]);
      assert.ok(one && two && three);
      for (const [backend, rules] of [
        [one, { affinitySeconds: 100 }],
        [two, { affinitySeconds: 100 }],
        [three, {}],
        [one, { affinitySeconds: 100 }],
      ] as const) {
        const sketch = { port, backends: [backend], service: backend.name, ...rules };
        await apply(harness, sketchTable(harness, [sketch]));
        assert.equal(await answered(client, "TCP", placeOf(harness, port)), backend.name);
      }
    },
  },
  {
    name: "a policy that changes holds for new connections",
    needs: ["pods", "kept sources"],
    async run(harness) {
      const port = await harness.freePort();
      const [client] = harness.clients;
      const place = placeOf(harness, port);
      const backends = await startBackends(harness, "TCP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      const connection = await connected(client, place);
      await apply(harness, sketchTable(harness, [{ port, backends, masquerade: false }]));
      assert.equal((await reply(client, "TCP", place)).saw, client.address);
      assert.equal(await connection.echo("still there?"), "still there?");
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      assert.ok(harness.nodeAddresses.includes((await reply(client, "TCP", place)).saw));
      await connection.close();
    },
  },
  {
    name: "source ranges that change hold for new connections",
    needs: ["several addresses"],
    async run(harness) {
      const port = await harness.freePort();
      const [address = ""] = harness.serviceAddresses;
      const [first, second] = harness.clients;
      const place = { address, port };
      const backends = await startBackends(harness, "TCP", ["one"]);
      const open = async (sourceRanges?: readonly string[]) =>
        apply(
          harness,
          sketchTable(harness, [{ address, port, backends, ...(sourceRanges && { sourceRanges }) }]),
        );
      await open([only(first)]);
      await answered(first, "TCP", place);
      await silent(second, "TCP", place);
      await open([only(second)]);
      await silent(first, "TCP", place);
      await answered(second, "TCP", place);
      await open([]);
      await silent(second, "TCP", place);
      await open();
      await answered(first, "TCP", place);
      await answered(second, "TCP", place);
    },
  },
  {
    name: "UDP flows move off an endpoint that left, whichever way they came",
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const [cluster = ""] = harness.clusterAddresses;
      const [vip = ""] = harness.serviceAddresses;
      const [node = ""] = harness.nodeAddresses;
      const one = await harness.startBackend("one", "UDP");
      const two = await harness.startBackend("two", "UDP", "far-pod");
      const tableFor = (backend: typeof one) =>
        sketchTable(
          harness,
          [{ kind: "ClusterIP", address: cluster } as const, { address: vip }, {}].map((place) => ({
            ...place,
            port,
            protocol: "UDP",
            backends: [backend],
          })),
        );
      await apply(harness, tableFor(one));
      const senders = (["node", "other-pod", "far-pod"] as const).map(harness.clientAt);
      const flows = await Promise.all(
        [...senders, harness.clients[0]].flatMap((client) =>
          [cluster, vip, node].map((address) => client.openFlow({ address, port })),
        ),
      );
      for (const flow of flows) assert.equal((await flow.ask("a", 2_000)).backend, "one");
      await apply(harness, tableFor(two));
      for (const flow of flows) assert.equal((await flow.ask("b", 2_000)).backend, "two");
      await Promise.all(flows.map((flow) => flow.close()));
    },
  },
  {
    name: "a UDP socket follows its port to another Service",
    async run(harness) {
      const port = await harness.freePort();
      const [one, two] = await startBackends(harness, "UDP", ["one", "two"]);
      assert.ok(one && two);
      const rules = { port, protocol: "UDP" } as const;
      await apply(harness, sketchTable(harness, [{ ...rules, backends: [one], service: "old" }]));
      const flow = await harness.clients[0].openFlow(placeOf(harness, port));
      assert.equal((await flow.ask("a", 2_000)).backend, "one");
      await apply(harness, sketchTable(harness, []));
      await apply(harness, sketchTable(harness, [{ ...rules, backends: [two], service: "new" }]));
      assert.equal((await flow.ask("b", 2_000)).backend, "two");
      await flow.close();
    },
  },
  {
    name: "a UDP socket that was refused is served once there is an endpoint",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "UDP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends: "reject" }]));
      const flow = await harness.clients[0].openFlow(placeOf(harness, port));
      assert.equal((await flow.ask("a", 2_000)).outcome, "refused");
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends }]));
      assert.equal((await flow.ask("b", 2_000)).backend, "one");
      await flow.close();
    },
  },
];
