import { test } from "node:test";
import fc from "fast-check";
import {
  decodeFieldsV1,
  encodeFieldsV1,
  equalSets,
  type FieldSet,
  intersect,
  setOf,
  subtract,
  unite,
} from "./field-set.ts";

const element = fc.constantFrom("f:a", "f:b", 'k:{"port":80}', 'v:"x"');
const fieldSet: fc.Arbitrary<FieldSet> = fc
  .array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
  .map((paths) => setOf(...paths));

test("fieldsV1 holds a set without loss", () => {
  fc.assert(fc.property(fieldSet, (set) => equalSets(decodeFieldsV1(encodeFieldsV1(set)), set)));
});

test("a set is what it shares with another and what it does not", () => {
  fc.assert(fc.property(fieldSet, fieldSet, (a, b) => equalSets(unite(intersect(a, b), subtract(a, b)), a)));
});
