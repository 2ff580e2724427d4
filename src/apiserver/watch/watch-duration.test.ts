import assert from "node:assert/strict";
import { test } from "node:test";
import { watchDurationMs } from "./watch-duration.ts";

test("a watch lasts as long as its client wants, within bounds", () => {
  const cases: readonly (readonly [seconds: number | undefined, ms: number])[] = [
    [undefined, 2_700_000],
    [0, 2_700_000],
    [5, 5_000],
    [-1, 0],
    [1e15, 2_700_000],
  ];
  for (const [timeoutSeconds, ms] of cases) assert.equal(watchDurationMs({ timeoutSeconds }), ms);
});
