import assert from "node:assert/strict";
import { test } from "node:test";
import { age, humanDuration } from "./human-duration.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test("a duration is shown in at most two units, the second one only while the first is small", () => {
  const shown: readonly (readonly [number, string])[] = [
    [-2 * second, "<invalid>"],
    [-1 * second, "0s"],
    [0, "0s"],
    [119.9 * second, "119s"],
    [2 * minute, "2m"],
    [3 * minute + 20 * second, "3m20s"],
    [10 * minute + 20 * second, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [5 * hour + 30 * minute, "5h30m"],
    [8 * hour + 30 * minute, "8h"],
    [47 * hour, "47h"],
    [2 * day, "2d"],
    [3 * day + 4 * hour, "3d4h"],
    [8 * day + 4 * hour, "8d"],
    [729 * day, "729d"],
    [730 * day, "2y"],
    [765 * day, "2y35d"],
    [3000 * day, "8y"],
  ];
  assert.deepEqual(
    shown.map(([durationMs]) => [durationMs, humanDuration(durationMs)]),
    shown,
  );
});

test("an age without a time is unknown", () => {
  assert.equal(age(undefined, 0), "<unknown>");
  assert.equal(age(null, 0), "<unknown>");
  assert.equal(age("1970-01-01T00:00:00Z", 5 * second), "5s");
});
