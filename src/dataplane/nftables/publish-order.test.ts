import assert from "node:assert/strict";
import { test } from "node:test";
import { maps, sets } from "./names.ts";
import { inPublishOrder } from "./publish-order.ts";
import type { RowChange } from "./row-delta.ts";

const change = (kind: "add" | "delete", set: string): RowChange => ({ kind, row: { set, key: "k" } });

test("inPublishOrder puts endpoints before what leads to them, and takes them away after it", () => {
  const changes = [
    change("delete", maps.backends),
    change("delete", maps.frontends),
    change("add", maps.frontends),
    change("add", maps.backends),
  ];
  assert.deepEqual(
    inPublishOrder(changes).map(({ kind, row }) => `${kind} ${row.set}`),
    ["add backends", "add frontends", "delete frontends", "delete backends"],
  );
});

test("inPublishOrder takes intervals away before it puts others in their place", () => {
  for (const set of [sets.sourceRanges, sets.localPods, sets.serviceCidrs]) {
    const ordered = inPublishOrder([change("add", set), change("delete", set)]);
    assert.deepEqual(
      ordered.map(({ kind }) => kind),
      ["delete", "add"],
      set,
    );
  }
});
