import assert from "node:assert/strict";
import { test } from "node:test";
import { keepHistory } from "./history-policy.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";
import { CompactedError } from "./store.ts";

/** A clock that moves only when told, and finishes what that started. */
function manualClock() {
  let now = 0;
  let timer: { readonly atMs: number; run(): void } | undefined;
  return {
    now: () => now,
    after(delayMs: number, run: () => void) {
      timer = { atMs: now + delayMs, run };
      return () => {
        timer = undefined;
      };
    },
    async advance(ms: number) {
      now += ms;
      if (timer && timer.atMs <= now) timer.run();
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const fail = (error: unknown) => assert.fail(String(error));

test("keepHistory forgets what is older than the policy's age", async () => {
  const store = await openSqliteStore(":memory:");
  const clock = manualClock();
  const keeper = keepHistory(store, clock, { maxAgeMs: 100, maxRevisions: 1000, intervalMs: 50 }, fail);
  const first = await write(store);
  await clock.advance(50);
  const second = await write(store);
  await clock.advance(50);
  assert.equal((await store.list("", { revision: first })).revision, first);
  await clock.advance(50);
  assert.equal((await store.list("", { revision: first })).revision, first);
  await clock.advance(50);
  await assert.rejects(store.list("", { revision: first }), CompactedError);
  assert.equal((await store.list("", { revision: second })).revision, second);
  await keeper.stop();
  await store.close();
});

test("keepHistory forgets young history too when there is more than the policy's number", async () => {
  const store = await openSqliteStore(":memory:");
  const clock = manualClock();
  const keeper = keepHistory(store, clock, { maxAgeMs: 1e9, maxRevisions: 10, intervalMs: 50 }, fail);
  for (let i = 0; i < 30; i++) await write(store);
  await clock.advance(50);
  const newest = await store.revision();
  assert.equal((await store.list("", { revision: newest - 10 })).revision, newest - 10);
  await assert.rejects(store.list("", { revision: newest - 11 }), CompactedError);
  await keeper.stop();
  await store.close();
});

test("keepHistory tells of a compaction that failed, and tries again", async () => {
  const errors: unknown[] = [];
  const clock = manualClock();
  let attempts = 0;
  const broken = {
    revision: async () => 100,
    async compact() {
      attempts += 1;
      throw new Error("no");
    },
  };
  const keeper = keepHistory(broken, clock, { maxAgeMs: 1e9, maxRevisions: 1, intervalMs: 50 }, (error) =>
    errors.push(error),
  );
  await clock.advance(50);
  await clock.advance(50);
  await keeper.stop();
  assert.deepEqual([attempts, errors.length], [2, 2]);
});

async function write(store: Awaited<ReturnType<typeof openSqliteStore>>): Promise<number> {
  const result = await store.commit([{ key: "a", value: "1" }]);
  assert.ok(result.committed);
  return result.revision;
}
