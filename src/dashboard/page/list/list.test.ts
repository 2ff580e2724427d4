import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceRow } from "../../model/rows.ts";
import { insertSorted, removeSorted } from "../state/sorted-keys.ts";
import { binBySecond } from "../timeline/bin-by-second.ts";
import { matchesFilter, matchesSearch, searchWords } from "./filter-services.ts";
import { visibleRange } from "./visible-range.ts";

const service: ServiceRow = {
  key: "shop/Cart",
  type: "NodePort",
  clusterIPs: ["10.96.0.7"],
  balanced: [],
  externalIPs: [],
  ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080, nodePort: 30_080 }],
  policy: "Cluster",
  endpoints: [["10.0.0.1", "node-17", "shop/cart-abc", "ready"]],
  ready: 1,
  total: 1,
  revision: 1,
  sliceRevision: 1,
};

for (const [search, found] of [
  ["", true],
  ["cart", true],
  ["SHOP", true],
  [":30080", true],
  ["node-17 http", true],
  ["cart-abc", true],
  ["10.96.0.7", true],
  ["cart node-18", false],
] as const) {
  test(`a search for "${search}" ${found ? "finds" : "does not find"} the Service`, () => {
    assert.equal(matchesSearch(service, searchWords(search)), found);
  });
}

test("filters tell exposed Services, and those in trouble", () => {
  assert.ok(matchesFilter(service, "exposed"));
  assert.ok(!matchesFilter(service, "trouble"));
  assert.ok(matchesFilter({ ...service, total: 2 }, "trouble"));
  assert.ok(matchesFilter({ ...service, ready: 0 }, "trouble"));
  assert.ok(!matchesFilter({ ...service, ready: 0, type: "ExternalName" }, "trouble"));
  assert.ok(!matchesFilter({ ...service, ports: [] }, "exposed"));
});

test("of a long list only what is seen is drawn, and a little more", () => {
  assert.deepEqual(visibleRange(5000, 0, 300, 30), { from: 0, to: 16 });
  assert.deepEqual(visibleRange(5000, 30_000, 300, 30), { from: 994, to: 1016 });
  assert.deepEqual(visibleRange(3, 9000, 300, 30), { from: 3, to: 3 });
  assert.deepEqual(visibleRange(0, 0, 300, 30), { from: 0, to: 0 });
});

test("sorted keys stay sorted", () => {
  const keys: string[] = [];
  for (const key of ["b", "d", "a", "c"]) insertSorted(keys, key);
  removeSorted(keys, "b");
  removeSorted(keys, "nobody");
  assert.deepEqual(keys, ["a", "c", "d"]);
});

test("changes are counted by the second that they were in; older ones are left out", () => {
  const entries = [
    { at: 999, count: 5 },
    { at: 8_500, count: 2 },
    { at: 9_001, count: 1 },
    { at: 9_999, count: 3 },
  ];
  assert.deepEqual(binBySecond(entries, 9_999, 3), [0, 2, 4]);
});
