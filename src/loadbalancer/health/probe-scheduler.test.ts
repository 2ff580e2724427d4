import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createManualClock } from "../../lib/manual-clock.ts";
import { defaultHealthPolicy, detectionMs, type HealthPolicy } from "./health-policy.ts";
import type { ProbeResult } from "./probe-health.ts";
import { ProbeScheduler } from "./probe-scheduler.ts";

/** A scheduler whose probes end when the test says so. */
function setUp(changes: Partial<HealthPolicy> = {}, random = 0.5) {
  const clock = createManualClock(0);
  const asked: string[] = [];
  const results: string[] = [];
  const open: ((result: ProbeResult) => void)[] = [];
  const scheduler = new ProbeScheduler({
    policy: { ...defaultHealthPolicy, intervalMs: 1000, ...changes },
    clock,
    random: () => random,
    probe: (target) => {
      asked.push(`${target.port}@${clock.now()}`);
      return new Promise((resolve) => open.push(resolve));
    },
    onResult: (key) => results.push(key),
  });
  const add = (port: number) => scheduler.add(`${port}`, { kind: "tcp", address: "192.0.2.1", port });
  /** Ends the oldest probe that is under way, and lets what follows happen. */
  const end = async () => {
    open.shift()?.({ passed: true });
    await new Promise(setImmediate);
  };
  return { clock, scheduler, asked, results, add, end };
}

describe("ProbeScheduler", () => {
  test("asks at once, and then an interval after the last start", async () => {
    const { clock, asked, add, end } = setUp();
    add(1);
    clock.advance(200);
    await end();
    clock.advance(799);
    assert.deepEqual(asked, ["1@0"]);
    clock.advance(1);
    assert.deepEqual(asked, ["1@0", "1@1000"]);
  });

  test("asks again right away where an answer took longer than the interval", async () => {
    const { clock, asked, add, end } = setUp();
    add(1);
    clock.advance(5000);
    await end();
    clock.advance(0);
    assert.deepEqual(asked, ["1@0", "1@5000"]);
  });

  test("never has more probes under way than allowed", async () => {
    const { asked, add, end } = setUp({ concurrency: 2 });
    for (const port of [1, 2, 3, 4]) add(port);
    assert.deepEqual(asked, ["1@0", "2@0"]);
    await end();
    assert.deepEqual(asked, ["1@0", "2@0", "3@0"]);
  });

  test("stretches the interval where there are more targets than the budget allows", async () => {
    const { clock, asked, add, end } = setUp({ perSecond: 2 });
    for (const port of [1, 2, 3, 4]) add(port);
    for (let count = 0; count < 4; count++) await end();
    clock.advance(1999);
    assert.equal(asked.length, 4);
    clock.advance(1);
    assert.equal(asked.length, 8);
  });

  test("is early or late by a tenth at most", async () => {
    for (const [random, atMs] of [
      [0, 900],
      [0.999_999, 1100],
    ] as const) {
      const { clock, asked, add, end } = setUp({}, random);
      add(1);
      await end();
      clock.advance(2000);
      assert.equal(asked[1], `1@${atMs}`);
    }
  });

  test("asks at once when it is told to hurry, also right after a probe that is under way", async () => {
    const { clock, scheduler, asked, add, end } = setUp();
    add(1);
    await end();
    clock.advance(10);
    scheduler.hurry("1");
    scheduler.hurry("1");
    scheduler.hurry("unknown");
    await end();
    clock.advance(0);
    assert.deepEqual(asked, ["1@0", "1@10", "1@10"]);
    await end();
    clock.advance(999);
    assert.equal(asked.length, 3);
  });

  test("says nothing of a target that was removed, and leaves no timer", async () => {
    const { clock, scheduler, results, add, end } = setUp();
    add(1);
    scheduler.remove("1");
    await end();
    add(2);
    await end();
    scheduler.close();
    assert.deepEqual(results, ["2"]);
    assert.equal(clock.pending, 0);
  });

  test("by default a dead node gets no new connection after a second, with up to 600 targets", () => {
    assert.ok(detectionMs(defaultHealthPolicy, 600) <= 1000);
  });
});
