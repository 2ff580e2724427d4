/** Conformance: bytes arrive, all of them, unchanged, and so does the end. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ConformanceTest } from "./conformance.ts";
import { apply, connected, placeOf, startBackends } from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const large = 8 * 1024 * 1024;

export const transferTests: readonly ConformanceTest[] = [
  {
    name: "a large transfer arrives unchanged in both directions",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      const connection = await connected(harness.clients[0], placeOf(harness, port));
      const sent = pattern(large);
      const received = await connection.finish(sent);
      assert.equal(received.length, sent.length);
      assert.equal(digest(received), digest(sent));
    },
  },
  {
    name: "a datagram that is larger than a packet arrives whole, and so does the answer",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "UDP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, protocol: "UDP", backends }]));
      const flow = await harness.clients[0].openFlow(placeOf(harness, port));
      for (const length of [1_400, 1_500, 5_000, 30_000]) {
        assert.equal((await flow.ask("x".repeat(length), 2_000)).outcome, "reply", `${length} bytes`);
      }
      await flow.close();
    },
  },
  {
    name: "a client that has ended its side still gets the answer",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one"]);
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      const connection = await connected(harness.clients[0], placeOf(harness, port));
      assert.equal(String(await connection.finish(Buffer.from("the last words"))), "the last words");
    },
  },
  {
    name: "many connections at once do not mix their bytes",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one", "two"]);
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      const exchanges = Array.from({ length: 50 }, async (_, index) => {
        const connection = await connected(
          harness.clients[index % 2] ?? harness.clients[0],
          placeOf(harness, port),
        );
        const sent = pattern(20_000 + index, index);
        assert.equal(digest(await connection.finish(sent)), digest(sent));
      });
      await Promise.all(exchanges);
    },
  },
];

/** Bytes that repeat nowhere near, so that a lost or doubled piece shows. */
function pattern(length: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
