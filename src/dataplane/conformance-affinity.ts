/** Conformance: session affinity by client address. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import { answered, apply, placeOf, startBackends, whoAnswers } from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const names = ["one", "two", "three", "four", "five", "six"];
/** Long where clients must stick, short where it must end: kernels take their time in earnest. */
const affinitySeconds = 100;
const shortSeconds = 1;

export const affinityTests: readonly ConformanceTest[] = [
  ...(["TCP", "UDP"] as const).map(
    (protocol): ConformanceTest => ({
      name: `a client sticks to its backend (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        const backends = await startBackends(harness, protocol, names);
        await apply(harness, sketchTable(harness, [{ port, protocol, backends, affinitySeconds }]));
        const seen = await whoAnswers(harness.clients[0], protocol, placeOf(harness, port), 20);
        assert.equal(seen.size, 1);
      },
    }),
  ),
  {
    name: "all ways to one Service port lead a client to the same backend",
    needs: ["several addresses"],
    async run(harness) {
      const port = await harness.freePort();
      const [address = ""] = harness.serviceAddresses;
      const backends = await startBackends(harness, "TCP", names);
      await apply(
        harness,
        sketchTable(harness, [
          { port, backends, affinitySeconds },
          { address, port, backends, affinitySeconds },
        ]),
      );
      const seen = new Set<string>();
      for (let i = 0; i < 6; i++) {
        seen.add(await answered(harness.clients[0], "TCP", placeOf(harness, port)));
        seen.add(await answered(harness.clients[0], "TCP", { address, port }));
      }
      assert.equal(seen.size, 1);
    },
  },
  {
    name: "clients are independent of each other",
    needs: ["several addresses"],
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", names);
      await apply(harness, sketchTable(harness, [{ port, backends, affinitySeconds: shortSeconds }]));
      const [first, second] = harness.clients;
      let differed = false;
      for (let round = 0; round < 40 && !differed; round++) {
        const ofFirst = await answered(first, "TCP", placeOf(harness, port));
        const ofSecond = await answered(second, "TCP", placeOf(harness, port));
        differed = ofFirst !== ofSecond;
        await harness.advance(shortSeconds * 1500);
      }
      assert.ok(differed, "both clients were always led to the same backend");
    },
  },
  {
    name: "affinity ends after its time-out without a new connection",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", names);
      await apply(harness, sketchTable(harness, [{ port, backends, affinitySeconds: shortSeconds }]));
      const seen = new Set<string>();
      for (let round = 0; round < 40 && seen.size < 2; round++) {
        seen.add(await answered(harness.clients[0], "TCP", placeOf(harness, port)));
        await harness.advance(shortSeconds * 1500);
      }
      assert.equal(seen.size, 2);
    },
  },
  {
    name: "a client whose backend left sticks to another one",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", names);
      await apply(harness, sketchTable(harness, [{ port, backends, affinitySeconds }]));
      const before = await answered(harness.clients[0], "TCP", placeOf(harness, port));
      const left = backends.filter(({ name }) => name !== before);
      await apply(harness, sketchTable(harness, [{ port, backends: left, affinitySeconds }]));
      const after = await whoAnswers(harness.clients[0], "TCP", placeOf(harness, port), 12);
      assert.equal(after.size, 1);
      assert.ok(!after.has(before));
    },
  },
  {
    name: "a client stays with its backend while others come and go",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", names);
      const place = placeOf(harness, port);
      await apply(harness, sketchTable(harness, [{ port, backends, affinitySeconds }]));
      const own = await answered(harness.clients[0], "TCP", place);
      const others = backends.filter(({ name }) => name !== own);
      for (const left of [others.slice(0, 1), others, [], others.slice(2), others]) {
        const some = backends.filter((backend) => backend.name === own || left.includes(backend));
        await apply(harness, sketchTable(harness, [{ port, backends: some, affinitySeconds }]));
        assert.equal(await answered(harness.clients[0], "TCP", place), own, `beside ${left.length} others`);
      }
    },
  },
  {
    name: "each new connection prolongs an affinity",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", names);
      await apply(harness, sketchTable(harness, [{ port, backends, affinitySeconds: 3 }]));
      const seen = new Set<string>();
      for (let round = 0; round < 4; round++) {
        seen.add(await answered(harness.clients[0], "TCP", placeOf(harness, port)));
        await harness.advance(1_500);
      }
      assert.equal(seen.size, 1);
    },
  },
  {
    name: "a pod and the node itself stick to their backends too, by whichever address they come",
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const [cluster = ""] = harness.clusterAddresses;
      const [vip = ""] = harness.serviceAddresses;
      const backends = await startBackends(harness, "TCP", names);
      const rules = { port, backends, affinitySeconds };
      await apply(
        harness,
        sketchTable(harness, [
          rules,
          { ...rules, kind: "ClusterIP", address: cluster },
          { ...rules, address: vip },
        ]),
      );
      for (const where of ["node", "other-pod", "far-pod"] as const) {
        const seen = new Set<string>();
        for (const address of [cluster, vip, ...harness.nodeAddresses, cluster]) {
          seen.add(await answered(harness.clientAt(where), "TCP", { address, port }));
        }
        assert.equal(seen.size, 1, `from ${where}`);
      }
    },
  },
  {
    name: "a client has one backend of a Service port, whether it may go to the node's own or to all",
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const [cluster = ""] = harness.clusterAddresses;
      const here = await startBackends(harness, "TCP", ["here-1", "here-2"]);
      const there = await Promise.all(
        ["there-1", "there-2", "there-3"].map((name) => harness.startBackend(name, "TCP", "far-pod")),
      );
      const all = [...here, ...there];
      await apply(
        harness,
        sketchTable(harness, [
          { port, backends: here, internal: all, masquerade: false, affinitySeconds },
          { kind: "ClusterIP", address: cluster, port, backends: all, affinitySeconds },
        ]),
      );
      for (const client of [...harness.clients, harness.clientAt("far-pod")]) {
        const before = await answered(client, "TCP", { address: cluster, port });
        const own = await answered(client, "TCP", placeOf(harness, port));
        assert.ok(
          before === own || (before.startsWith("there") && own.startsWith("here")),
          `${before} ${own}`,
        );
        assert.equal(await answered(client, "TCP", { address: cluster, port }), own);
        assert.equal(await answered(client, "TCP", placeOf(harness, port)), own);
      }
    },
  },
  {
    name: "a client is spread again once affinity is switched off",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", names);
      await apply(harness, sketchTable(harness, [{ port, backends, affinitySeconds }]));
      await answered(harness.clients[0], "TCP", placeOf(harness, port));
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      assert.ok((await whoAnswers(harness.clients[0], "TCP", placeOf(harness, port), 30)).size > 1);
    },
  },
];
