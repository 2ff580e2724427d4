import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuantity } from "./quantity.ts";

test("what a quantity is worth does not depend on how it is written", () => {
  const same: readonly (readonly string[])[] = [
    ["1", "1000m", "1.0", "1e0", "+1", "1000000u"],
    ["0.5", "500m", ".5", "5e-1"],
    ["1Gi", "1024Mi", "1073741824"],
    ["1.5Gi", "1536Mi"],
    ["2k", "2000", "2e3", "2E3"],
    ["-1", "-1000m"],
    ["0.0000000001", "1n"],
  ];
  for (const forms of same) {
    assert.equal(new Set(forms.map(parseQuantity)).size, 1, forms.join(" "));
  }
  assert.equal(parseQuantity("1"), 10n ** 9n);
});

test("other text is no quantity", () => {
  for (const text of ["", "m", ".", "1.2.3", "1 Gi", "1KiB", "Gi", "0x10"]) {
    assert.equal(parseQuantity(text), undefined, text);
  }
});
