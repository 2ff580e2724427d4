import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalQuantity, parseQuantity } from "./quantity.ts";

test("a quantity is written in the shortest form of its own kind", () => {
  const forms: readonly (readonly [string, string])[] = [
    ["100m", "100m"],
    ["1000m", "1"],
    ["0.5", "500m"],
    ["0", "0"],
    ["1500", "1500"],
    ["2000", "2k"],
    ["64Mi", "64Mi"],
    ["1024Mi", "1Gi"],
    ["1536Mi", "1536Mi"],
    ["1.5Gi", "1536Mi"],
    ["1e3", "1e3"],
    ["-1000m", "-1"],
    ["nonsense", "nonsense"],
  ];
  assert.deepEqual(
    forms.map(([text]) => [text, canonicalQuantity(text)]),
    forms,
  );
});

test("what a quantity is worth does not depend on how it is written", () => {
  const suffix = fc.constantFrom("", "m", "k", "M", "Ki", "Mi", "Gi");
  fc.assert(
    fc.property(fc.nat(1_000_000), suffix, (number, unit) => {
      const text = `${number}${unit}`;
      assert.equal(parseQuantity(canonicalQuantity(text))?.nanos, parseQuantity(text)?.nanos, text);
    }),
  );
});
