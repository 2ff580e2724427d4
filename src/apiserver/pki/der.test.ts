import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bitString,
  boolean,
  element,
  integer,
  objectIdentifier,
  readElements,
  sequence,
  tagged,
  time,
  utf8String,
} from "./der.ts";

test("values have the bytes that X.690 gives them", () => {
  const cases: readonly (readonly [Buffer, string])[] = [
    [integer(Buffer.from([0])), "020100"],
    [integer(Buffer.from([0, 0, 0x7f])), "02017f"],
    [integer(Buffer.from([0x80])), "02020080"],
    [boolean(true), "0101ff"],
    [objectIdentifier("2.5.29.14"), "0603551d0e"],
    [objectIdentifier("1.2.840.10045.4.3.2"), "06082a8648ce3d040302"],
    [utf8String("kü"), "0c036bc3bc"],
    [bitString(Buffer.from([0x84]), 2), "03020284"],
    [tagged(0, "explicit", boolean(false)), "a003010100"],
    [tagged(7, "primitive", Buffer.from([127, 0, 0, 1])), "87047f000001"],
    [time(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), "170d3236303130323033303430355a"],
    [time(Date.UTC(2050, 0, 1)), "180f32303530303130313030303030305a"],
  ];
  for (const [bytes, expected] of cases) assert.equal(bytes.toString("hex"), expected);
});

test("what is written is read again, whatever its length", () => {
  const contents = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom(127, 128, 255, 256, 65_535, 65_536).map((length) => new Uint8Array(length)),
  );
  fc.assert(
    fc.property(fc.array(contents, { maxLength: 4 }), (parts) => {
      const [outer, ...others] = readElements(sequence(...parts.map((part) => element(0x04, part))));
      assert.equal(others.length, 0);
      const read = readElements(outer?.content ?? Buffer.alloc(0));
      assert.deepEqual(
        read.map(({ tag, content }) => [tag, content.toString("hex")]),
        parts.map((part) => [0x04, Buffer.from(part).toString("hex")]),
      );
    }),
    { numRuns: 50 },
  );
});

test("bytes that are cut off are no DER", () => {
  const whole = sequence(Buffer.alloc(300));
  for (const length of [2, 3, 20]) {
    assert.throws(() => readElements(whole.subarray(0, length)), SyntaxError);
  }
});
