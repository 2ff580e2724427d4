/** Conformance: what nobody may notice: changes, a dataplane that is killed, and others who meddle. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import type { TestBackend } from "./conformance-harness.ts";
import { startLoad } from "./conformance-load.ts";
import { answered, apply, connected, placeOf, refused, startBackends } from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const names = ["one", "two", "three", "four", "five"];

export const enduranceTests: readonly ConformanceTest[] = [
  ...(["TCP", "UDP"] as const).map(
    (protocol): ConformanceTest => ({
      name: `nobody fails while backends come and go (${protocol})`,
      async run(harness) {
        const port = await harness.freePort();
        const backends = await startBackends(harness, protocol, names);
        const use = (some: readonly TestBackend[]) =>
          apply(harness, sketchTable(harness, [{ port, protocol, backends: some }]));
        await use(backends.slice(0, 1));
        const load = startLoad(harness, protocol, placeOf(harness, port));
        for (let round = 0; round < 60; round++) {
          const first = round % names.length;
          await use([...backends, ...backends].slice(first, first + 1 + (round % 4)));
          await load.another();
        }
        await load.stop();
      },
    }),
  ),
  {
    name: "nobody fails while backends become many and few again",
    async run(harness) {
      const port = await harness.freePort();
      const many = Array.from({ length: 50 }, (_, index) => `backend-${index}`);
      const backends = await startBackends(harness, "TCP", many);
      await apply(harness, sketchTable(harness, [{ port, backends: backends.slice(0, 1) }]));
      const load = startLoad(harness, "TCP", placeOf(harness, port));
      for (const count of [50, 1, 25, 2, 50, 49, 1]) {
        await apply(harness, sketchTable(harness, [{ port, backends: backends.slice(0, count) }]));
        await load.another();
      }
      await load.stop();
    },
  },
  {
    name: "nobody notices that the dataplane is killed and started again",
    needs: ["restarts"],
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", names);
      const table = sketchTable(harness, [{ port, backends }]);
      await apply(harness, table);
      const place = placeOf(harness, port);
      const connection = await connected(harness.clients[0], place);
      const load = startLoad(harness, "TCP", place);
      for (let round = 0; round < 3; round++) {
        await harness.killDataplane?.();
        await load.another();
        await harness.startDataplane?.();
        await load.another();
        await apply(harness, table);
        await load.another();
      }
      await load.stop();
      assert.equal(await connection.echo("still there?"), "still there?");
      await connection.close();
    },
  },
  {
    name: "what changed while no dataplane ran is made so by the next one",
    needs: ["restarts"],
    async run(harness) {
      const ports = [await harness.freePort(), await harness.freePort(), await harness.freePort()] as const;
      const [kept, gone, added] = ports;
      const [one, two] = await startBackends(harness, "TCP", ["one", "two"]);
      assert.ok(one && two);
      await apply(
        harness,
        sketchTable(harness, [
          { port: kept, backends: [one] },
          { port: gone, backends: [one], service: "gone" },
        ]),
      );
      await harness.killDataplane?.();
      const [client] = harness.clients;
      assert.equal(await answered(client, "TCP", placeOf(harness, gone)), "one");
      await harness.startDataplane?.();
      await apply(
        harness,
        sketchTable(harness, [
          { port: kept, backends: [two] },
          { port: added, backends: [one, two], service: "added" },
        ]),
      );
      assert.equal(await answered(client, "TCP", placeOf(harness, kept)), "two");
      await answered(client, "TCP", placeOf(harness, added));
      await refused(client, "TCP", placeOf(harness, gone));
    },
  },
  {
    name: "a client still sticks to its backend after the dataplane was killed and started again",
    needs: ["restarts"],
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", names);
      const table = sketchTable(harness, [{ port, backends, affinitySeconds: 100 }]);
      await apply(harness, table);
      const before = await answered(harness.clients[0], "TCP", placeOf(harness, port));
      for (let round = 0; round < 3; round++) {
        await harness.killDataplane?.();
        await harness.startDataplane?.();
        await apply(harness, table);
        assert.equal(await answered(harness.clients[0], "TCP", placeOf(harness, port)), before);
      }
    },
  },
  {
    name: "a UDP flow stays where it is when the dataplane was killed and started again",
    needs: ["restarts"],
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "UDP", names);
      const table = sketchTable(harness, [{ port, protocol: "UDP", backends }]);
      await apply(harness, table);
      const flow = await harness.clients[0].openFlow(placeOf(harness, port));
      const { backend } = await flow.ask("before", 2_000);
      for (const text of ["once", "twice", "thrice"]) {
        await harness.killDataplane?.();
        await harness.startDataplane?.();
        await apply(harness, table);
        assert.equal((await flow.ask(text, 2_000)).backend, backend);
      }
      await flow.close();
    },
  },
  {
    name: "a dataplane heals at its next table what others have damaged",
    needs: ["foreign changes"],
    async run(harness) {
      for (const [what, disturb] of harness.disturbances ?? []) {
        const port = await harness.freePort();
        const [one, two] = await startBackends(harness, "TCP", ["one", "two"]);
        assert.ok(one && two);
        await apply(harness, sketchTable(harness, [{ port, backends: [one] }]));
        await answered(harness.clients[0], "TCP", placeOf(harness, port));
        await disturb.run();
        await apply(harness, sketchTable(harness, [{ port, backends: [two] }]));
        assert.equal(await answered(harness.clients[0], "TCP", placeOf(harness, port)), "two", what);
      }
    },
  },
];
