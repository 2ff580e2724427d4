import assert from "node:assert/strict";
import { test } from "node:test";
import { backend } from "../../forwarding/frontend-key.ts";
import { placeBackends } from "./slots.ts";

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
