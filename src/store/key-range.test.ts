import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareKeys, keyAfter, prefixEnd } from "./key-range.ts";

/** Any characters, those around the surrogates and at the end of Unicode among them. */
const textArbitrary = fc
  .array(
    fc.oneof(fc.constantFrom(0xd7ff, 0xe000, 0x10ffff, 0x7f, 0x2f), fc.integer({ min: 1, max: 0xd7ff })),
    {
      maxLength: 4,
    },
  )
  .map((points) => String.fromCodePoint(...points));

test("a key begins with a prefix exactly if it lies from the prefix up to its end", () => {
  fc.assert(
    fc.property(textArbitrary, textArbitrary, fc.boolean(), (prefix, text, joined) => {
      const key = joined ? prefix + text : text;
      const end = prefixEnd(prefix);
      const isWithin = compareKeys(key, prefix) >= 0 && (end === undefined || compareKeys(key, end) < 0);
      assert.equal(isWithin, key.startsWith(prefix));
    }),
  );
});

test("nothing lies between a key and the one after it", () => {
  fc.assert(
    fc.property(textArbitrary, textArbitrary, (key, other) => {
      assert.ok(compareKeys(key, keyAfter(key)) < 0);
      assert.ok(!(compareKeys(key, other) < 0 && compareKeys(other, keyAfter(key)) < 0));
    }),
  );
});
