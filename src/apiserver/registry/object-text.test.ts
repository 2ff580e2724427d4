import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { KubeObject } from "../../api/meta.ts";
import { jsonEqual } from "./json-equal.ts";
import { decodeObject, encodeObject, itemText, objectText } from "./object-text.ts";

const kind = { kind: "Service", apiVersion: "v1" };

const objects = fc
  .record({
    name: fc.string({ minLength: 1 }),
    labels: fc.dictionary(fc.string(), fc.string()),
    spec: fc.jsonValue(),
  })
  .map(({ name, labels, spec }) => ({ spec, ...kind, metadata: { labels, name, resourceVersion: "5" } }));

test("an object read back from its stored text is the same, at the revision of the entry", () => {
  fc.assert(
    fc.property(objects, fc.nat(), (object, revision) => {
      const text = encodeObject(object as unknown as KubeObject);
      const expected = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
      assert.ok(jsonEqual(decodeObject(text, revision, kind), JSON.parse(JSON.stringify(expected))));
      assert.ok(
        jsonEqual(JSON.parse(objectText(text, revision, kind)), JSON.parse(JSON.stringify(expected))),
      );
      const { kind: _kind, apiVersion: _apiVersion, ...item } = expected;
      assert.ok(jsonEqual(JSON.parse(itemText(text, revision)), JSON.parse(JSON.stringify(item))));
    }),
  );
});

test("jsonEqual ignores the order of keys and absent members, and nothing else", () => {
  const rows = [
    { left: { a: 1, b: [1] }, right: { b: [1], a: 1 }, equal: true },
    { left: { a: undefined }, right: {}, equal: true },
    { left: {}, right: { a: undefined }, equal: true },
    { left: { a: null }, right: {}, equal: false },
    { left: {}, right: { a: 0 }, equal: false },
    { left: [1, 2], right: [2, 1], equal: false },
    { left: [], right: {}, equal: false },
  ];
  for (const { left, right, equal } of rows)
    assert.equal(jsonEqual(left, right), equal, JSON.stringify([left, right]));
});
