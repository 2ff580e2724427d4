import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { afterResult, type ProbeHealth, type ProbeResult, unknownHealth } from "./probe-health.ts";

const pass: ProbeResult = { passed: true };
const silence: ProbeResult = { passed: false, reason: "no answer within 250 ms", told: false };
const no: ProbeResult = { passed: false, reason: "it answers with status 503", told: true };

const rows: readonly {
  name: string;
  results: readonly ProbeResult[];
  gives: Partial<ProbeHealth>;
}[] = [
  { name: "nothing is known before the first result", results: [], gives: { state: "unknown", sinceMs: 0 } },
  { name: "the first pass makes it healthy", results: [pass], gives: { state: "healthy", sinceMs: 1 } },
  { name: "the first failure makes it unhealthy", results: [no], gives: { state: "unhealthy", told: true } },
  {
    name: "one failure of a healthy target changes nothing",
    results: [pass, silence],
    gives: { state: "healthy", sinceMs: 1, against: 1, reason: "it answers" },
  },
  {
    name: "a pass between two failures makes the count begin anew",
    results: [pass, silence, pass, silence],
    gives: { state: "healthy", sinceMs: 1, against: 1 },
  },
  {
    name: "`fall` failures in a row make it unhealthy, for the last one's reason",
    results: [pass, no, silence],
    gives: { state: "unhealthy", sinceMs: 3, told: false, reason: "no answer within 250 ms", against: 0 },
  },
  {
    name: "an unhealthy target keeps its time and takes over the newest reason",
    results: [silence, no],
    gives: { state: "unhealthy", sinceMs: 1, told: true, reason: "it answers with status 503" },
  },
  {
    name: "fewer than `rise` passes leave it unhealthy",
    results: [silence, pass, pass],
    gives: { state: "unhealthy", sinceMs: 1, against: 2 },
  },
  {
    name: "`rise` passes in a row make it healthy again",
    results: [silence, pass, pass, pass],
    gives: { state: "healthy", sinceMs: 4, reason: "it answers" },
  },
];

describe("what is known of a target", () => {
  for (const { name, results, gives } of rows) {
    test(name, () => {
      const thresholds = { rise: 3, fall: 2 };
      const health = results.reduce(
        (known, result, index) => afterResult(known, result, index + 1, thresholds),
        unknownHealth(0),
      );
      for (const [field, value] of Object.entries(gives)) {
        assert.equal(health[field as keyof ProbeHealth], value, field);
      }
    });
  }

  test("the weight is the one of the last pass", () => {
    const thresholds = { rise: 1, fall: 1 };
    const first = afterResult(unknownHealth(0), { passed: true, weight: 3 }, 1, thresholds);
    assert.equal(first.weight, 3);
    assert.equal(afterResult(first, { passed: true, weight: 5 }, 2, thresholds).weight, 5);
    assert.equal(afterResult(first, pass, 2, thresholds).weight, undefined);
  });
});
