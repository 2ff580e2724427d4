import assert from "node:assert/strict";
import { test } from "node:test";
import { isAtLeast } from "./version.ts";

const cases: readonly (readonly [version: string, wanted: readonly number[], expected: boolean])[] = [
  ["5.13.0-rc1", [5, 13], true],
  ["5.12.19", [5, 13], false],
  ["6.1.0-18-amd64", [5, 13], true],
  ["4.18.0-553.el8_10.x86_64", [5, 13], false],
  ["1.8.2", [1, 8, 3], false],
  ["1.8", [1, 8, 0], true],
  ["1.10.1", [1, 8, 3], true],
  ["", [1], false],
];

for (const [version, wanted, expected] of cases) {
  test(`${version || "no version"} is ${expected ? "" : "not "}at least ${wanted.join(".")}`, () => {
    assert.equal(isAtLeast(version, wanted), expected);
  });
}
