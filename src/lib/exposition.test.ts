import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createCounter,
  createGauge,
  createHistogram,
  exponentialBounds,
  linearBounds,
} from "./exposition.ts";

describe("the exposition of metrics", () => {
  test("a counter starts at nothing, and grows", () => {
    const counter = createCounter("seen_total", "What was seen");
    assert.equal(
      counter.text(),
      "# HELP seen_total What was seen\n# TYPE seen_total counter\nseen_total 0\n",
    );
    counter.increase();
    counter.increase(2);
    assert.match(counter.text(), /^seen_total 3$/m);
  });

  test("a counter with labels has a line for each set of them, its values escaped", () => {
    const counter = createCounter("answers_total", "Answers", [{ code: "200" }, { code: "503" }]);
    counter.increase(1, { code: "200" });
    counter.increase(1, { code: 'a"b\\c\nd' });
    assert.deepEqual(counter.text().split("\n").slice(2), [
      'answers_total{code="200"} 1',
      'answers_total{code="503"} 0',
      'answers_total{code="a\\"b\\\\c\\nd"} 1',
      "",
    ]);
  });

  test("a gauge is not shown before it has a value", () => {
    const gauge = createGauge("temperature", "How warm it is");
    assert.equal(gauge.text(), "");
    gauge.set(1.5);
    assert.match(gauge.text(), /# TYPE temperature gauge\ntemperature 1\.5\n$/);
    assert.equal(createGauge("asked", "Asked", () => undefined).text(), "");
  });

  test("buckets of a histogram hold all that is not above their bound", () => {
    const histogram = createHistogram("took_seconds", "How long it took", [0.5, 1]);
    for (const value of [0.1, 0.5, 0.7, 9]) histogram.observe(value);
    assert.deepEqual(histogram.text().split("\n").slice(1), [
      "# TYPE took_seconds histogram",
      'took_seconds_bucket{le="0.5"} 2',
      'took_seconds_bucket{le="1"} 3',
      'took_seconds_bucket{le="+Inf"} 4',
      "took_seconds_sum 10.3",
      "took_seconds_count 4",
      "",
    ]);
  });

  test("with label sets, a gauge has one value for all, and a histogram counts for one or all of them", () => {
    const sets = [{ of: "a" }, { of: "b" }];
    const gauge = createGauge("last", "When", () => 7, sets);
    assert.deepEqual(gauge.text().split("\n").slice(2), ['last{of="a"} 7', 'last{of="b"} 7', ""]);
    const histogram = createHistogram("took_seconds", "How long it took", [1], sets);
    histogram.observe(2);
    histogram.observe(0.5, { of: "b" });
    assert.deepEqual(histogram.text().split("\n").slice(2), [
      'took_seconds_bucket{of="a",le="1"} 0',
      'took_seconds_bucket{of="a",le="+Inf"} 1',
      'took_seconds_sum{of="a"} 2',
      'took_seconds_count{of="a"} 1',
      'took_seconds_bucket{of="b",le="1"} 1',
      'took_seconds_bucket{of="b",le="+Inf"} 2',
      'took_seconds_sum{of="b"} 2.5',
      'took_seconds_count{of="b"} 2',
      "",
    ]);
  });

  test("bounds are round numbers", () => {
    assert.deepEqual(exponentialBounds(0.001, 2, 4), [0.001, 0.002, 0.004, 0.008]);
    assert.deepEqual(linearBounds(1, 5, 3), [1, 6, 11]);
  });
});
