import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { buildMaglevTable, entryOfFlow, type MaglevMember, type MaglevTable, maglevSize } from "./maglev.ts";

const members = (count: number): readonly MaglevMember[] =>
  Array.from({ length: count }, (_, index) => ({ name: `192.0.2.${index}`, weight: 1 }));

const anyMembers = (maxWeight: number) =>
  fc.uniqueArray(fc.record({ name: fc.ipV4(), weight: fc.integer({ min: 1, max: maxWeight }) }), {
    minLength: 2,
    maxLength: 40,
    selector: ({ name }) => name,
  });

function shares(table: MaglevTable, count: number): readonly number[] {
  const result = new Array<number>(count).fill(0);
  for (const index of table) result[index] = (result[index] ?? 0) + 1;
  return result;
}

/** Which member each entry leads to, by name. */
function named(all: readonly MaglevMember[]): readonly string[] {
  const table = buildMaglevTable(all);
  return Array.from(table, (index) => all[index]?.name ?? "");
}

const runs = { numRuns: 20 };

describe("Maglev hashing", () => {
  test("backends of one weight have the same number of entries, give or take one", () => {
    fc.assert(
      fc.property(anyMembers(1), (all) => {
        const counts = shares(buildMaglevTable(all), all.length);
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
      }),
      runs,
    );
  });

  test("shares follow the weights", () => {
    fc.assert(
      fc.property(anyMembers(100), (all) => {
        const total = all.reduce((sum, { weight }) => sum + weight, 0);
        for (const [index, share] of shares(buildMaglevTable(all), all.length).entries()) {
          const part = (all[index]?.weight ?? 0) / total;
          const right = part * maglevSize;
          // Each backend's own rounding, and its part of that of all.
          const tolerance = 1 + part * all.length;
          assert.ok(Math.abs(share - right) <= tolerance, `${share} entries instead of ${right}`);
        }
      }),
      runs,
    );
  });

  test("two balancers that know the same backends in another order agree on every entry", () => {
    fc.assert(
      fc.property(anyMembers(10), (all) => {
        assert.deepEqual(named(all.toReversed()), named(all));
      }),
      runs,
    );
  });

  test("a backend that leaves moves hardly any entry but its own", () => {
    fc.assert(
      fc.property(anyMembers(1), fc.nat(), (all, pick) => {
        const gone = all[pick % all.length];
        const before = named(all);
        const after = named(all.filter((one) => one !== gone));
        const moved = before.filter((name, entry) => name !== gone?.name && name !== after[entry]);
        assert.ok(moved.length < maglevSize * 0.02, `${moved.length} of ${maglevSize} entries moved`);
      }),
      runs,
    );
  });

  test("flows spread evenly over entries", () => {
    const table = buildMaglevTable(members(3));
    const counts = [0, 0, 0];
    for (let port = 1024; port < 31_024; port++) {
      const index = table[entryOfFlow(`203.0.113.7:${port}`, "192.0.2.1:80")] ?? 0;
      counts[index] = (counts[index] ?? 0) + 1;
    }
    for (const count of counts) assert.ok(Math.abs(count - 10_000) < 400, `${counts}`);
  });

  test("no backend, or too many, are refused", () => {
    assert.throws(() => buildMaglevTable([]), RangeError);
    assert.throws(() => buildMaglevTable(members(maglevSize)), RangeError);
  });
});
