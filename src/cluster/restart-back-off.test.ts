import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDelay, RestartBackOff, restartsAfter } from "./restart-back-off.ts";

test("the first restart comes at once, the next ones double up to five minutes", () => {
  const backOff = new RestartBackOff(10_000);
  const waits = Array.from({ length: 8 }, () => backOff.next(0) / 1000);
  assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
});

test("a run of more than ten minutes starts the back-off anew", () => {
  const backOff = new RestartBackOff(10_000);
  for (let index = 0; index < 5; index++) backOff.next(0);
  assert.equal(backOff.next(600_001), 0);
  assert.equal(backOff.next(0), 10_000);
});

test("restart policies say after which exits a container is started again", () => {
  const table = [
    ["Always", 0, true],
    ["Always", 1, true],
    ["OnFailure", 0, false],
    ["OnFailure", 1, true],
    ["Never", 0, false],
    ["Never", 1, false],
  ] as const;
  for (const [policy, code, expected] of table) assert.equal(restartsAfter(policy, code), expected);
});

test("delays are printed as Go does", () => {
  assert.deepEqual([10_000, 80_000, 300_000].map(formatDelay), ["10s", "1m20s", "5m0s"]);
});
