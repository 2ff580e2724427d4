import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackendStatus } from "./backend-status.ts";
import { nextStepMs, withSlowStart } from "./slow-start.ts";

const since = (sinceMs: number, changes: Partial<BackendStatus> = {}): BackendStatus => ({
  state: "healthy",
  isUsed: true,
  reason: "",
  sinceMs,
  weight: 1,
  ...changes,
});

const rows: readonly {
  name: string;
  statuses: readonly BackendStatus[];
  nowMs: number;
  weights: readonly number[];
  nextMs: number | undefined;
}[] = [
  { name: "nothing is to be done for none", statuses: [], nowMs: 0, weights: [], nextMs: undefined },
  {
    name: "all that are new have equal shares",
    statuses: [since(100), since(100)],
    nowMs: 100,
    weights: [1, 1],
    nextMs: 1100,
  },
  {
    name: "one that has just come gets a fifth",
    statuses: [since(0), since(90_000)],
    nowMs: 90_000,
    weights: [5, 1],
    nextMs: 91_000,
  },
  {
    name: "and more step by step",
    statuses: [since(0), since(90_000)],
    nowMs: 93_000,
    weights: [5, 4],
    nextMs: 94_000,
  },
  {
    name: "until it has its whole share",
    statuses: [since(0), since(90_000)],
    nowMs: 94_000,
    weights: [1, 1],
    nextMs: undefined,
  },
  {
    name: "weights stay in proportion",
    statuses: [since(0, { weight: 2 }), since(90_000, { weight: 3 })],
    nowMs: 91_000,
    weights: [10, 6],
    nextMs: 92_000,
  },
  {
    name: "who gets nothing gets nothing, and has no steps",
    statuses: [since(0), since(90_000), since(90_000, { isUsed: false, weight: 0, state: "unhealthy" })],
    nowMs: 90_500,
    weights: [5, 1, 0],
    nextMs: 91_000,
  },
];

describe("slow start", () => {
  for (const { name, statuses, nowMs, weights, nextMs } of rows) {
    test(name, () => {
      const result = withSlowStart(statuses, nowMs, 5000);
      assert.deepEqual(
        result.map(({ weight }) => weight),
        weights,
      );
      assert.equal(nextStepMs(statuses, nowMs, 5000), nextMs);
    });
  }

  test("no slow start is none", () => {
    const statuses = [since(0), since(90_000)];
    assert.equal(withSlowStart(statuses, 90_000, 0), statuses);
    assert.equal(nextStepMs(statuses, 90_000, 0), undefined);
  });
});
