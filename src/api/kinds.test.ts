import assert from "node:assert/strict";
import { test } from "node:test";
import { allDefinitions } from "./kinds.ts";

test("every kind has a path of its own", () => {
  const paths = allDefinitions.map(({ group, version, plural }) => `${group}/${version}/${plural}`);
  assert.equal(new Set(paths).size, paths.length);
});

test("every kind but Event shows its name first", () => {
  for (const { kind, columns } of allDefinitions) {
    if (kind !== "Event") assert.equal(columns[0]?.format, "name", kind);
  }
});
