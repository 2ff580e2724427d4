import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { SliceEndpoint } from "../../api/endpoint-slice.ts";
import { packEndpoints } from "./pack-endpoints.ts";

interface Slice {
  readonly name: string;
  readonly endpoints: readonly SliceEndpoint[];
}

const endpoint = (id: number, ready = true): SliceEndpoint => ({
  addresses: [`10.180.${id >> 8}.${id & 255}`],
  conditions: { ready },
  targetRef: { kind: "Pod", uid: String(id) },
});
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => endpoint(from + i));
const slice = (name: string, endpoints: readonly SliceEndpoint[]): Slice => ({ name, endpoints });

describe("packEndpoints", () => {
  const rows: {
    name: string;
    present: Slice[];
    desired: SliceEndpoint[];
    expected: { updates?: string[]; creates?: number[]; deletes?: string[] };
  }[] = [
    {
      name: "250 endpoints fill three slices",
      present: [],
      desired: range(0, 250),
      expected: { creates: [100, 100, 50] },
    },
    {
      name: "the same endpoints write nothing",
      present: [slice("a", range(0, 3))],
      desired: range(0, 3).reverse(),
      expected: {},
    },
    {
      name: "a new endpoint goes where there is room",
      present: [slice("a", range(0, 100)), slice("b", range(100, 120))],
      desired: range(0, 121),
      expected: { updates: ["b"] },
    },
    {
      name: "of two slices with room the fuller one is filled",
      present: [slice("a", range(0, 10)), slice("b", range(10, 90))],
      desired: range(0, 91),
      expected: { updates: ["b"] },
    },
    {
      name: "a slice that is written anyhow takes the new endpoint",
      present: [slice("a", range(0, 10)), slice("b", range(10, 90))],
      desired: range(1, 91),
      expected: { updates: ["a"] },
    },
    {
      name: "an empty slice is deleted",
      present: [slice("a", range(0, 10)), slice("b", range(10, 20))],
      desired: range(0, 10),
      expected: { deletes: ["b"] },
    },
    {
      name: "a condition changes in place",
      present: [slice("a", range(0, 3))],
      desired: [endpoint(0, false), ...range(1, 3)],
      expected: { updates: ["a"] },
    },
    {
      name: "an address that moved to another pod is another endpoint",
      present: [slice("a", range(0, 2))],
      desired: [{ ...endpoint(0), targetRef: { uid: "other" } }, endpoint(1)],
      expected: { updates: ["a"] },
    },
  ];
  for (const { name, present, desired, expected } of rows) {
    test(name, () => {
      const { updates, creates, deletes } = packEndpoints(present, desired, 100);
      assert.deepEqual(
        {
          updates: updates.map((u) => u.slice.name),
          creates: creates.map((c) => c.length),
          deletes: deletes.map((d) => d.name),
        },
        { updates: [], creates: [], deletes: [], ...expected },
      );
    });
  }

  test("every endpoint is in exactly one slice, no slice is too large, and few slices are written", () => {
    const ids = fc.uniqueArray(fc.nat(300), { maxLength: 120 });
    const max = 7;
    fc.assert(
      fc.property(
        fc.array(ids, { maxLength: 6 }),
        ids,
        fc.array(fc.boolean(), { maxLength: 120 }),
        (slices, wanted, readiness) => {
          const present = slices.map((content, i) =>
            slice(
              `s${i}`,
              content.slice(0, max).map((id) => endpoint(id)),
            ),
          );
          const desired = wanted.map((id, i) => endpoint(id, readiness[i] ?? true));
          const { unchanged, updates, creates, deletes } = packEndpoints(present, desired, max);
          const contents = [
            ...unchanged.map((s) => s.endpoints),
            ...updates.map((u) => u.endpoints),
            ...creates,
          ];
          const text = (list: readonly SliceEndpoint[]) => list.map((e) => JSON.stringify(e)).sort();
          assert.deepEqual(text(contents.flat()), text(desired));
          assert.ok(contents.every((content) => content.length > 0 && content.length <= max));
          assert.equal(unchanged.length + updates.length + deletes.length, present.length);
          // No more new slices than what is new needs, and a second run has nothing to do.
          const known = new Set(present.flatMap((s) => s.endpoints.map((e) => e.targetRef?.uid)));
          const fresh = desired.filter((e) => !known.has(e.targetRef?.uid)).length;
          assert.ok(creates.length <= Math.ceil(fresh / max));
          const again = packEndpoints(
            contents.map((content, i) => slice(`t${i}`, content)),
            desired,
            max,
          );
          assert.equal(again.updates.length + again.creates.length + again.deletes.length, 0);
        },
      ),
    );
  });
});
