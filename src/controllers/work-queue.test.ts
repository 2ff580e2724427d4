import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../lib/log.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import { createWorkQueue } from "./work-queue.ts";

function harness(sync: (key: string) => Promise<number | undefined>, concurrency = 4) {
  const clock = createManualClock();
  const stop = new AbortController();
  const options = { name: "test", clock, random: () => 0, log: silentLogger, signal: stop.signal };
  return { clock, stop, queue: createWorkQueue({ ...options, sync, concurrency }) };
}

test("a key that is added many times is worked on once", async () => {
  const worked: string[] = [];
  const { queue } = harness(async (key) => void worked.push(key) as undefined);
  for (const key of ["a", "b", "a", "a"]) queue.add(key);
  await queue.idle();
  assert.deepEqual(worked, ["a", "b"]);
});

test("a key that is added while it is worked on is worked on once more, never twice at a time", async () => {
  let running = 0;
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const { queue } = harness(async () => {
    assert.equal(++running, 1);
    runs++;
    started.resolve();
    await gate.promise;
    running--;
    return undefined;
  });
  queue.add("a");
  await started.promise;
  queue.add("a");
  queue.add("a");
  gate.resolve();
  await queue.idle();
  assert.equal(runs, 2);
});

test("a failure is tried again after growing waits, and one success resets them", async () => {
  let failures = 3;
  const { queue, clock } = harness(async () => {
    if (failures-- > 0) throw new Error("not yet");
    return undefined;
  });
  const waits: number[] = [];
  queue.add("a");
  await queue.idle();
  while (clock.nextAt !== undefined) {
    waits.push(clock.nextAt - clock.now());
    clock.advance(clock.nextAt - clock.now());
    await queue.idle();
  }
  assert.deepEqual(waits, [20, 40, 80]);
});

test("a key is worked on again when its time has come, once", async () => {
  let runs = 0;
  const { queue, clock } = harness(async () => (++runs < 3 ? 1_000 : undefined));
  queue.add("a");
  await queue.idle();
  queue.add("a");
  await queue.idle();
  assert.equal(clock.pending, 1);
  clock.advance(10_000);
  await queue.idle();
  assert.equal(runs, 3);
});

test("nothing is worked on after the signal, and no timer is left", async () => {
  const { queue, clock, stop } = harness(async () => 1_000);
  queue.add("a");
  await queue.idle();
  stop.abort();
  queue.add("b");
  await queue.idle();
  assert.equal(clock.pending, 0);
});
