import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { joinRanges, splitRange } from "./ranges.ts";

const byte = (value: number) => Uint8Array.of(value);

test("a range is its first key, and the first one behind it", () => {
  assert.deepEqual(splitRange({ key: Uint8Array.of(10, 0), keyEnd: Uint8Array.of(10, 255), comment: "x" }), [
    { key: Uint8Array.of(10, 0), comment: "x" },
    { key: Uint8Array.of(11, 0), intervalEnd: true },
  ]);
});

test("a range up to the last key has no end", () => {
  assert.deepEqual(splitRange({ key: byte(240), keyEnd: byte(255) }), [{ key: byte(240), openEnd: true }]);
});

test("an end at zero, as nft has it before the first range, stands for nothing", () => {
  const elements = [
    { key: byte(0), intervalEnd: true as const },
    ...splitRange({ key: byte(5), keyEnd: byte(9) }),
  ];
  assert.deepEqual(joinRanges(elements), [{ key: byte(5), keyEnd: byte(9) }]);
});

test("ranges that are split are joined again, in whatever order they come", () => {
  const bounds = fc
    .uniqueArray(fc.nat(255), { minLength: 2, maxLength: 20 })
    .filter((list) => list.length % 2 === 0);
  fc.assert(
    fc.property(bounds, fc.infiniteStream(fc.nat()), (list, random) => {
      const sorted = list.toSorted((a, b) => a - b);
      const ranges = Array.from({ length: sorted.length / 2 }, (_, index) => ({
        key: byte(sorted[index * 2] ?? 0),
        keyEnd: byte(sorted[index * 2 + 1] ?? 0),
      }));
      const shuffled = ranges
        .flatMap(splitRange)
        .map((element) => ({ element, place: random.next().value ?? 0 }))
        .sort((a, b) => a.place - b.place)
        .map(({ element }) => element);
      assert.deepEqual(joinRanges(shuffled), ranges);
    }),
  );
});
