import assert from "node:assert/strict";
import { test } from "node:test";
import { selectorMatches } from "../label-selector.ts";
import type { LabelSelector } from "../meta.ts";
import { validateLabelSelector } from "./labels.ts";

test("a selector selects what fulfils all its requirements", () => {
  const labels = { app: "web", tier: "front" };
  const cases: readonly (readonly [LabelSelector | undefined, boolean])[] = [
    [undefined, false],
    [{}, true],
    [{ matchLabels: { app: "web" } }, true],
    [{ matchLabels: { app: "db" } }, false],
    [{ matchExpressions: [{ key: "app", operator: "In", values: ["web", "db"] }] }, true],
    [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, false],
    [{ matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
  ];
  for (const [selector, expected] of cases) {
    assert.equal(selectorMatches(selector, labels), expected, JSON.stringify(selector));
  }
});

test("a requirement has values exactly if its operator needs some", () => {
  const errors = validateLabelSelector(
    {
      matchExpressions: [
        { key: "a", operator: "In" },
        { key: "b", operator: "Exists", values: ["x"] },
        { key: "c", operator: "Is" as "In", values: ["x"] },
      ],
    },
    "spec.selector",
  );
  assert.deepEqual(
    errors.map(({ type, field }) => `${type} ${field}`),
    [
      "Required spec.selector.matchExpressions[0].values",
      "Forbidden spec.selector.matchExpressions[1].values",
      "Invalid spec.selector.matchExpressions[2].operator",
    ],
  );
});
