import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createManualClock } from "../lib/manual-clock.ts";
import { SyncLoop, type SyncOutcome } from "./sync-loop.ts";

/** A loop whose syncs wait until the test ends them. */
function createLoop(options: { readonly minIntervalMs?: number } = {}) {
  const clock = createManualClock();
  const errors: { readonly error: unknown; readonly retryInMs: number }[] = [];
  const started: number[] = [];
  let current = Promise.withResolvers<SyncOutcome>();
  let begun = Promise.withResolvers<void>();
  const loop = new SyncLoop({
    sync(queuedAt) {
      started.push(queuedAt);
      current = Promise.withResolvers<SyncOutcome>();
      begun.resolve();
      begun = Promise.withResolvers<void>();
      return current.promise;
    },
    onError: (error, retryInMs) => errors.push({ error, retryInMs }),
    clock,
    random: () => 0,
    ...options,
  });
  return {
    loop,
    clock,
    errors,
    started,
    /** Resolves when the next sync starts. */
    next: () => begun.promise,
    end: (outcome: SyncOutcome = "complete") => current.resolve(outcome),
    fail: (error: Error) => current.reject(error),
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

describe("SyncLoop", () => {
  test("takes up changes that come together in one sync", async () => {
    const { loop, started, next, end, settled } = createLoop();
    loop.trigger();
    loop.trigger();
    await next();
    end();
    await settled();
    assert.equal(started.length, 1);
  });

  test("never runs two syncs at once, and takes up afterwards what came meanwhile", async () => {
    const { loop, started, next, end, settled } = createLoop();
    loop.trigger();
    await next();
    loop.trigger();
    loop.trigger();
    await settled();
    assert.equal(started.length, 1);
    const second = next();
    end();
    await second;
    end();
    await settled();
    assert.equal(started.length, 2);
  });

  test("tells each sync when the first of its changes came", async () => {
    const { loop, clock, started, next, end } = createLoop();
    const startMs = clock.now();
    loop.trigger();
    await next();
    clock.advance(5);
    loop.trigger();
    clock.advance(5);
    loop.trigger();
    const second = next();
    end();
    await second;
    end();
    assert.deepEqual(started, [startMs, startMs + 5]);
  });

  test("keeps an interval between starts where one is asked for, and lets the first change through at once", async () => {
    const { loop, clock, started, next, end, settled } = createLoop({ minIntervalMs: 100 });
    loop.trigger();
    await next();
    end();
    await settled();
    loop.trigger();
    await settled();
    clock.advance(99);
    await settled();
    assert.equal(started.length, 1);
    const second = next();
    clock.advance(1);
    await second;
    end();
    await settled();
    clock.advance(100);
    const third = next();
    loop.trigger();
    await third;
    end();
    assert.equal(started.length, 3);
  });

  test("does not wait for an interval when it is closed", async () => {
    const { loop, next, end, settled, started } = createLoop({ minIntervalMs: 100 });
    loop.trigger();
    await next();
    end();
    await settled();
    loop.trigger();
    await settled();
    await loop.close();
    assert.equal(started.length, 1);
  });

  test("tries again after an incomplete sync, later each time, and at once when something changes", async () => {
    const { loop, clock, next, end, settled, started } = createLoop();
    loop.trigger();
    await next();
    const delays: number[] = [];
    for (let round = 0; round < 3; round++) {
      end("incomplete");
      await settled();
      delays.push((clock.nextAt ?? 0) - clock.now());
      const begun = next();
      clock.advance(delays.at(-1) ?? 0);
      await begun;
    }
    assert.deepEqual(delays, [500, 1000, 2000]);
    end("incomplete");
    await settled();
    const begun = next();
    loop.trigger();
    await begun;
    end("complete");
    await settled();
    assert.equal(clock.pending, 0);
    assert.equal(started.length, 5);
  });

  test("tells of a failure and tries again", async () => {
    const { loop, clock, errors, next, end, fail, settled } = createLoop();
    loop.trigger();
    await next();
    fail(new Error("no"));
    await settled();
    assert.deepEqual(errors, [{ error: new Error("no"), retryInMs: 500 }]);
    assert.equal(loop.lastSyncedAt, undefined);
    const begun = next();
    clock.advance(500);
    await begun;
    end();
    await settled();
    assert.equal(loop.lastSyncedAt, clock.now());
  });

  test("a change waits from when it came until a sync that takes it up succeeds", async () => {
    const { loop, clock, next, end, fail, settled } = createLoop();
    assert.equal(loop.waitingSince, undefined);
    const startMs = clock.now();
    loop.trigger();
    await next();
    fail(new Error("no"));
    await settled();
    assert.equal(loop.waitingSince, startMs);
    const begun = next();
    clock.advance(500);
    await begun;
    assert.equal(loop.waitingSince, startMs);
    end();
    await settled();
    assert.equal(loop.waitingSince, undefined);
  });

  test("a retry does not make an idle proxy look late", async () => {
    const { loop, clock, next, end, settled } = createLoop();
    loop.trigger();
    await next();
    end("incomplete");
    await settled();
    const begun = next();
    clock.advance(500);
    await begun;
    assert.equal(loop.waitingSince, undefined);
    end();
  });

  test("closing waits for the sync that runs and starts no other", async () => {
    const { loop, started, next, end } = createLoop();
    loop.trigger();
    await next();
    loop.trigger();
    const closed = loop.close();
    end();
    await closed;
    loop.trigger();
    assert.equal(started.length, 1);
  });
});
