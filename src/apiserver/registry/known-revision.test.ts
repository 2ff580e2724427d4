import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../lib/clock.ts";
import { openSqliteStore } from "../../store/index.ts";
import { requireKnownRevision } from "./known-revision.ts";

test("a revision that comes while somebody waits for it is known", async () => {
  const store = await openSqliteStore(":memory:");
  const newest = await store.revision();
  const waiting = requireKnownRevision({ store, clock: systemClock }, newest + 2);
  await store.commit([{ key: "a", value: "1" }]);
  await store.commit([{ key: "a", value: "2" }]);
  await waiting;
  await requireKnownRevision({ store, clock: systemClock }, newest);
  await store.close();
});

test("a revision that does not come is too large, and the answer says when to ask again", async () => {
  const store = await openSqliteStore(":memory:");
  const newest = await store.revision();
  const delays: number[] = [];
  const clock = {
    now: () => 0,
    after(delayMs: number, run: () => void) {
      delays.push(delayMs);
      setImmediate(run);
      return () => {};
    },
  };
  await assert.rejects(requireKnownRevision({ store, clock }, newest + 1), (error) => {
    const { status } = error as { status: object };
    assert.deepEqual(status, {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: `Timeout: Too large resource version: ${newest + 1}, current: ${newest}`,
      reason: "Timeout",
      details: {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      },
      code: 504,
    });
    return true;
  });
  assert.deepEqual(delays, [3000]);
  await store.close();
});
