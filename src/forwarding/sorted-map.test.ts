import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SortedMap } from "./sorted-map.ts";

type Change = readonly (readonly [string, number | undefined])[];

const key = fc.integer({ min: 0, max: 2000 }).map((number) => `key-${number}`);
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.array(fc.tuple(key, fc.option(fc.nat(), { nil: undefined })), { maxLength: 20 }),
  // Enough to cut parts, and to leave them nearly empty.
  fc
    .tuple(fc.nat(2000), fc.nat(1500), fc.option(fc.nat(), { nil: undefined }))
    .map(([first, count, value]) =>
      Array.from({ length: count }, (_, index) => [`key-${first + index}`, value] as const),
    ),
);

function numbered(count: number): SortedMap<number> {
  return SortedMap.empty<number>().with(
    new Map(Array.from({ length: count }, (_, index) => [`key-${String(index).padStart(6, "0")}`, index])),
  );
}

describe("SortedMap", () => {
  test("after any changes it holds what a Map would hold, in order", () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 12 }), (changes) => {
        const plain = new Map<string, number>();
        let map = SortedMap.empty<number>();
        for (const change of changes) {
          const before = [...map];
          const next = map.with(new Map(change));
          assert.deepEqual([...map], before);
          map = next;
          for (const [name, value] of new Map(change)) {
            if (value === undefined) plain.delete(name);
            else plain.set(name, value);
          }
        }
        const expected = [...plain].sort(([a], [b]) => (a < b ? -1 : 1));
        assert.deepEqual([...map], expected);
        assert.equal(map.size, plain.size);
        assert.deepEqual(
          [...map.keys()],
          expected.map(([name]) => name),
        );
        assert.deepEqual(
          [...map.values()],
          expected.map(([, value]) => value),
        );
        for (let index = 0; index < 2000; index += 97) {
          assert.equal(map.get(`key-${index}`), plain.get(`key-${index}`));
          assert.equal(map.has(`key-${index}`), plain.has(`key-${index}`));
        }
      }),
    );
  });

  test("differences are those keys that have other values, whatever lies between two maps", () => {
    fc.assert(
      fc.property(anyChange, fc.array(anyChange, { maxLength: 4 }), (first, changes) => {
        const before = SortedMap.empty<number>().with(new Map(first));
        const after = changes.reduce((map, change) => map.with(new Map(change)), before);
        const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
        assert.deepEqual(
          before.differences(after),
          keys.map((name) => [before.get(name), after.get(name)]).filter(([a, b]) => a !== b),
        );
      }),
    );
  });

  test("in a map of many parts changes are found, wherever they are", () => {
    const before = numbered(60_000);
    const changes: Change = [
      ["key-", 1],
      ["key-000007", -1],
      ["key-030000", undefined],
      ["key-059999", 5],
      ["z", 2],
    ];
    assert.deepEqual(before.differences(before.with(new Map(changes))), [
      [undefined, 1],
      [7, -1],
      [30_000, undefined],
      [59_999, 5],
      [undefined, 2],
    ]);
  });

  test("without changes it is the same map", () => {
    const map = numbered(3);
    assert.equal(map.with(new Map()), map);
  });
});
