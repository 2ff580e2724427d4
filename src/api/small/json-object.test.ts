import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonObjectProblem } from "./json-object.ts";

const cases: readonly (readonly [text: string, problem: string | undefined])[] = [
  ['{"auths":{}}', undefined],
  ["null", undefined],
  ["", "unexpected end of JSON input"],
  ['{"a":', "unexpected end of JSON input"],
  ["x", "invalid character 'x' looking for beginning of value"],
  ["[1]", "json: cannot unmarshal array into Go value of type map[string]interface {}"],
  ['"a"', "json: cannot unmarshal string into Go value of type map[string]interface {}"],
  ["true", "json: cannot unmarshal bool into Go value of type map[string]interface {}"],
];

for (const [text, problem] of cases) {
  test(`${JSON.stringify(text)}: ${problem ?? "an object"}`, () =>
    assert.equal(jsonObjectProblem(text), problem));
}
