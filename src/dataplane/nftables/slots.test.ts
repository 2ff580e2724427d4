import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backend } from "../../forwarding/frontend-key.ts";
import { hashEntries, hashSlots, placeBackends } from "./slots.ts";

const at = (...hosts: readonly number[]) => hosts.map((host) => backend(`10.180.0.${host}`, 8080, false));

test("placeBackends leaves those that stay where they are and puts a new one where one left", () => {
  assert.deepEqual(placeBackends(at(1, 2, 3), at(0, 1, 3)), at(1, 0, 3));
});

test("placeBackends keeps the given order where there was nothing", () => {
  assert.deepEqual(placeBackends([], at(3, 1)), at(3, 1));
});

test("placeBackends moves one whose slot is gone", () => {
  assert.deepEqual(placeBackends(at(1, 2, 3), at(1, 3)), at(1, 3));
});

test("hashSlots moves hardly any flow but its own when a backend of those that are known is taken out", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(255), (count, pick, network) => {
      const all = Array.from({ length: count }, (_, host) =>
        backend(`10.180.${network}.${host}`, 8080, false),
      );
      const gone = all[pick % count]?.key;
      const entries = hashEntries(count);
      const before = hashSlots(all, entries);
      const after = hashSlots(
        all.filter(({ key }) => key !== gone),
        entries,
      );
      const moved = before.filter(({ key }, entry) => key !== gone && key !== after[entry]?.key);
      assert.ok(moved.length < entries * 0.12, `${moved.length} of ${entries} entries moved`);
    }),
  );
});
