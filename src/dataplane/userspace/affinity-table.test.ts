import assert from "node:assert/strict";
import { test } from "node:test";
import { AffinityTable } from "./affinity-table.ts";

test("AffinityTable forgets a client after the time-out, counted from its latest connection", () => {
  const table = new AffinityTable(10);
  table.remember("default/web", "203.0.113.1", "10.180.0.1:80", 0);
  assert.equal(table.find("default/web", "203.0.113.1", 1000, 999), "10.180.0.1:80");
  table.remember("default/web", "203.0.113.1", "10.180.0.1:80", 999);
  assert.equal(table.find("default/web", "203.0.113.1", 1000, 1998), "10.180.0.1:80");
  assert.equal(table.find("default/web", "203.0.113.1", 1000, 1999), undefined);
  assert.equal(table.find("default/other", "203.0.113.1", 1000, 0), undefined);
});

test("AffinityTable gives up the client that was not seen longest when it is full", () => {
  const table = new AffinityTable(2);
  for (const client of ["a", "b", "a", "c"]) table.remember("default/web", client, "x", 0);
  const known = ["a", "b", "c"].filter((client) => table.find("default/web", client, 1, 0) !== undefined);
  assert.deepEqual(known, ["a", "c"]);
});

test("AffinityTable forgets backends and Service ports that left", () => {
  const table = new AffinityTable(10);
  table.remember("default/web", "a", "x", 0);
  table.remember("default/web", "b", "y", 0);
  table.remember("default/gone", "a", "x", 0);
  table.retain(new Map([["default/web", new Set(["y"])]]));
  table.retain(
    new Map([
      ["default/web", new Set(["x", "y"])],
      ["default/gone", new Set(["x"])],
    ]),
  );
  assert.equal(table.find("default/web", "a", 1, 0), undefined);
  assert.equal(table.find("default/web", "b", 1, 0), "y");
  assert.equal(table.find("default/gone", "a", 1, 0), undefined);
});
