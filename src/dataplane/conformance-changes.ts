/** Conformance: what a change does to those who are connected, and to those who are not concerned. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import type { ConformanceHarness, Place } from "./conformance-harness.ts";
import {
  answered,
  apply,
  connected,
  placeOf,
  probe,
  refused,
  startBackends,
  whoAnswers,
} from "./conformance-steps.ts";
import { type FrontendSketch, sketchTable, toBackend } from "./conformance-tables.ts";

export const changeTests: readonly ConformanceTest[] = [
  {
    name: "an established connection lives on when its endpoint leaves, new ones go elsewhere",
    async run(harness) {
      const port = await harness.freePort();
      const [one, two] = await startBackends(harness, "TCP", ["one", "two"]);
      assert.ok(one && two);
      await apply(harness, sketchTable(harness, [{ port, backends: [one] }]));
      const connection = await connected(harness.clients[0], placeOf(harness, port));
      await apply(harness, sketchTable(harness, [{ port, backends: [two] }]));
      assert.equal(await connection.echo("still there?"), "still there?");
      assert.deepEqual(
        [...(await whoAnswers(harness.clients[0], "TCP", placeOf(harness, port), 8))],
        ["two"],
      );
      assert.equal(await connection.echo("and now?"), "and now?");
      await connection.close();
    },
  },
  {
    name: "an established connection lives on when the last endpoint leaves, new ones are refused",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      const connection = await connected(harness.clients[0], placeOf(harness, port));
      await apply(harness, sketchTable(harness, [{ port, backends: "reject" }]));
      await refused(harness.clients[0], "TCP", placeOf(harness, port));
      assert.equal(await connection.echo("still there?"), "still there?");
      await connection.close();
    },
  },
  {
    name: "a UDP flow moves off an endpoint that left",
    async run(harness) {
      const port = await harness.freePort();
      const [one, two] = await startBackends(harness, "UDP", ["one", "two"]);
      assert.ok(one && two);
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends: [one] }]));
      const flow = await harness.clients[0].openFlow(placeOf(harness, port));
      assert.equal((await flow.ask("a")).backend, "one");
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends: [two] }]));
      assert.equal((await flow.ask("b")).backend, "two");
      await flow.close();
    },
  },
  {
    name: "a UDP flow stays on an endpoint that terminates as long as it serves",
    async run(harness) {
      const port = await harness.freePort();
      const [one, two] = await startBackends(harness, "UDP", ["one", "two"]);
      assert.ok(one && two);
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends: [one] }]));
      const flow = await harness.clients[0].openFlow(placeOf(harness, port));
      assert.equal((await flow.ask("a")).backend, "one");
      const serving = [toBackend(one).key, toBackend(two).key].sort();
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends: [two], serving }]));
      assert.equal((await flow.ask("b")).backend, "one");
      await flow.close();
    },
  },
  {
    name: "a UDP flow whose last endpoint leaves is left alone or refused, and served again once there is one",
    async run(harness) {
      const port = await harness.freePort();
      const [one, two] = await startBackends(harness, "UDP", ["one", "two"]);
      assert.ok(one && two);
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends: [one] }]));
      const flow = await harness.clients[0].openFlow(placeOf(harness, port));
      assert.equal((await flow.ask("a")).backend, "one");
      await apply(
        harness,
        sketchTable(harness, [{ port, protocol: "UDP", backends: "reject", serving: [] }]),
      );
      assert.ok(["reply", "refused"].includes((await flow.ask("b")).outcome));
      await refused(harness.clients[1], "UDP", placeOf(harness, port));
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends: [two] }]));
      assert.equal((await flow.ask("c")).backend, "two");
      await flow.close();
    },
  },
  {
    name: "a UDP socket that sent before there was an endpoint is served once there is one",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "UDP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends: "drop" }]));
      const flow = await harness.clients[0].openFlow(placeOf(harness, port));
      assert.equal((await flow.ask("a", 250)).outcome, "silent");
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends }]));
      assert.equal((await flow.ask("b")).backend, "one");
      await flow.close();
    },
  },
  {
    name: "a port opens with its first endpoint and closes with its last",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one"]);
      const place = placeOf(harness, port);
      for (let round = 0; round < 3; round++) {
        await apply(harness, sketchTable(harness, [{ port, backends: "reject" }]));
        await refused(harness.clients[0], "TCP", place);
        await apply(harness, sketchTable(harness, [{ port, backends }]));
        assert.equal(await answered(harness.clients[0], "TCP", place), "one");
      }
      await apply(harness, sketchTable(harness, []));
      await refused(harness.clients[0], "TCP", place);
    },
  },
  {
    name: "a node port follows the node's addresses",
    needs: ["several addresses"],
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one"]);
      const [first = "", second = ""] = harness.nodeAddresses;
      const outcome = async (address: string) =>
        (await probe(harness.clients[0], "TCP", { address, port })).outcome;
      await apply(harness, sketchTable(harness, [{ port, backends }], [first]));
      assert.deepEqual([await outcome(first), await outcome(second)], ["reply", "refused"]);
      await apply(harness, sketchTable(harness, [{ port, backends }], [first, second]));
      assert.deepEqual([await outcome(first), await outcome(second)], ["reply", "reply"]);
      await apply(harness, sketchTable(harness, [{ port, backends }], [second]));
      assert.deepEqual([await outcome(first), await outcome(second)], ["refused", "reply"]);
    },
  },
  {
    name: "the same table again disturbs nobody",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      const connection = await connected(harness.clients[0], placeOf(harness, port));
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      assert.equal(await connection.echo("hello"), "hello");
      await connection.close();
    },
  },
  {
    name: "no connection to one Service fails while others come and go",
    run: connectWhileOthersChange,
  },
];

/** A client connects as fast as it can; meanwhile frontends beside it are added, changed and removed. */
async function connectWhileOthersChange(harness: ConformanceHarness): Promise<void> {
  const [steady, ...others] = await startBackends(harness, "TCP", ["steady", "one", "two"]);
  assert.ok(steady);
  const port = await harness.freePort();
  const otherPorts = await Promise.all([1, 2, 3].map(() => harness.freePort()));
  const untouched: FrontendSketch = { port, backends: [steady], service: "steady" };
  await apply(harness, sketchTable(harness, [untouched]));
  const place = placeOf(harness, port);
  let done = false;
  const loop = loopUntil(harness, place, () => done);
  for (let round = 0; round < 12; round++) {
    const beside = otherPorts.slice(0, round % 4).map(
      (otherPort, index): FrontendSketch => ({
        port: otherPort,
        service: `other-${index}`,
        backends: round % 3 === 0 ? "reject" : others.slice(0, 1 + (round % 2)),
      }),
    );
    await apply(harness, sketchTable(harness, [untouched, ...beside]));
  }
  done = true;
  const { failed, count } = await loop;
  assert.equal(failed, 0, `${failed} of ${count} connections failed`);
  assert.ok(count > 0);
}

async function loopUntil(harness: ConformanceHarness, place: Place, isDone: () => boolean) {
  let failed = 0;
  let count = 0;
  do {
    const { outcome, backend } = await probe(harness.clients[0], "TCP", place);
    if (outcome !== "reply" || backend !== "steady") failed++;
    count++;
  } while (!isDone());
  return { failed, count };
}
