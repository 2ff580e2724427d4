import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesLabels, parseLabelSelector } from "./label-selector.ts";

const labels = { app: "x", tier: "front", count: "7" };

const matching = [
  { selector: "", matches: true },
  { selector: "app=x", matches: true },
  { selector: "app==x,tier=front", matches: true },
  { selector: "app!=x", matches: false },
  { selector: "absent!=x", matches: true },
  { selector: "app in (x, y)", matches: true },
  { selector: "app notin (x)", matches: false },
  { selector: "absent notin (x)", matches: true },
  { selector: "absent in (,)", matches: false },
  { selector: "tier", matches: true },
  { selector: "!tier", matches: false },
  { selector: "count>6,count<8", matches: true },
  { selector: "app>6", matches: false },
  { selector: "example.com/x", matches: false },
  { selector: "toString", matches: false },
] as const;

test("a label selector matches what Kubernetes' does", () => {
  for (const { selector, matches } of matching) {
    assert.equal(matchesLabels(parseLabelSelector(selector), labels), matches, selector);
  }
});

const refused = [
  { selector: "app=x=y", message: "found '=', expected: ',' or 'end of string'" },
  { selector: "app in x", message: "unable to parse requirement: found 'x' expected: '('" },
  { selector: "=x", message: "found '=', expected: !, identifier, or 'end of string'" },
  {
    selector: "a b",
    message: "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  },
  { selector: "a,", message: "found '', expected: identifier after ','" },
  { selector: "app in (a b)", message: "unable to parse requirement: found 'b', expected: ',' or ')'" },
  { selector: "app>x", message: /the value must be an integer/ },
  { selector: "-a=x", message: /key: Invalid value: "-a": name part must consist of/ },
  { selector: "a=-x", message: /values\[0\]\[a\]: Invalid value: "-x": a valid label must be/ },
] as const;

test("a label selector that does not parse is refused in Kubernetes' words", () => {
  for (const { selector, message } of refused) {
    assert.throws(() => parseLabelSelector(selector), { message }, selector);
  }
});
