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

const policy = { maxAgeMs: 1e9, stepMs: 0, maxRevisions: 1000, maxCharacters: 1e9, intervalMs: 50 };

const fail = (error: unknown) => assert.fail(String(error));

test("keepHistory forgets what is older than the policy's age", async () => {
  const store = await openSqliteStore(":memory:");
  const clock = manualClock();
  const keeper = keepHistory(store, clock, { ...policy, maxAgeMs: 100 }, fail);
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
  const keeper = keepHistory(store, clock, { ...policy, maxRevisions: 10 }, fail);
  for (let i = 0; i < 30; i++) await write(store);
  await clock.advance(50);
  const newest = await store.revision();
  assert.equal((await store.list("", { revision: newest - 10 })).revision, newest - 10);
  await assert.rejects(store.list("", { revision: newest - 11 }), CompactedError);
  await keeper.stop();
  await store.close();
});

test("keepHistory forgets what takes more room than the policy allows", async () => {
  const store = await openSqliteStore(":memory:");
  const clock = manualClock();
  const keeper = keepHistory(store, clock, { ...policy, maxCharacters: 3000 }, fail);
  const revisions: number[] = [];
  for (let i = 0; i < 4; i++) {
    revisions.push(await write(store, "x".repeat(1000)));
    await clock.advance(50);
  }
  const [first = 0, second = 0] = revisions;
  assert.equal((await store.list("", { revision: first })).revision, first);
  await write(store, "x".repeat(2000));
  await clock.advance(50);
  await assert.rejects(store.list("", { revision: first }), CompactedError);
  assert.equal((await store.list("", { revision: second })).revision, second);
  await keeper.stop();
  await store.close();
});

test("keepHistory asks a store for nothing while nothing is written, and by age in steps", async () => {
  const compacted: number[] = [];
  let revision = 1;
  const store = {
    revision: async () => revision,
    compact: async (upTo: number) => void compacted.push(upTo),
  };
  const clock = manualClock();
  const keeper = keepHistory(store, clock, { ...policy, maxAgeMs: 100, stepMs: 200 }, fail);
  for (let i = 0; i < 20; i++) await clock.advance(50);
  assert.deepEqual(compacted, [1]);
  for (let i = 0; i < 12; i++) {
    revision += 1;
    await clock.advance(50);
  }
  await keeper.stop();
  assert.deepEqual(compacted, [1, 2, 6, 10].slice(0, compacted.length));
  assert.equal(compacted.length, 4);
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
  const keeper = keepHistory(broken, clock, { ...policy, maxRevisions: 1 }, (error) => errors.push(error));
  await clock.advance(50);
  await clock.advance(50);
  await keeper.stop();
  assert.deepEqual([attempts, errors.length], [2, 2]);
});

async function write(store: Awaited<ReturnType<typeof openSqliteStore>>, value = "1"): Promise<number> {
  const result = await store.commit([{ key: "a", value }]);
  assert.ok(result.committed);
  return result.revision;
}
