import assert from "node:assert/strict";
import { test } from "node:test";
import { createNodePortAllocator } from "./node-port-allocator.ts";
import { repairAllocations } from "./repair-allocations.ts";

function allocator() {
  return createNodePortAllocator("30000-30099", Math.random);
}

test("repair holds what objects have and tells what nobody held", () => {
  const ports = allocator();
  const { findings } = repairAllocations(ports, [{ value: 30001, owner: "a" }], new Map());
  assert.deepEqual(findings, [{ kind: "not-allocated", value: 30001, owner: "a" }]);
  assert.deepEqual(ports.holders(30001), ["a"]);
  assert.deepEqual(repairAllocations(ports, [{ value: 30001, owner: "a" }], new Map()).findings, []);
});

test("repair tells duplicates and what is out of range, and changes neither", () => {
  const ports = allocator();
  const claims = [
    { value: 30001, owner: "a" },
    { value: 30001, owner: "b" },
    { value: 29000, owner: "c" },
  ];
  repairAllocations(ports, claims, new Map());
  assert.deepEqual(repairAllocations(ports, claims, new Map()).findings, [
    { kind: "already-allocated", value: 30001, owner: "b" },
    { kind: "out-of-range", value: 29000, owner: "c" },
  ]);
  assert.deepEqual(ports.holders(30001), ["a", "b"]);
});

test("repair frees a leak when it has seen it three times in a row", () => {
  const ports = allocator();
  ports.claim(30001, "a");
  const first = repairAllocations(ports, [], new Map());
  const second = repairAllocations(ports, [], first.leaks);
  assert.deepEqual([first.freed, second.freed, ports.held()], [[], [], [30001]]);
  const used = repairAllocations(ports, [{ value: 30001, owner: "a" }], second.leaks);
  assert.deepEqual(used.leaks, new Map());
  const again = repairAllocations(ports, [], used.leaks);
  const third = repairAllocations(ports, [], repairAllocations(ports, [], again.leaks).leaks);
  assert.deepEqual([third.freed, ports.held()], [[30001], []]);
});

test("repair frees one owner's part of a number and leaves the other's", () => {
  const ports = allocator();
  ports.claim(30001, "gone");
  ports.claim(30001, "here");
  const claims = [{ value: 30001, owner: "here" }];
  const { leaks } = repairAllocations(ports, claims, repairAllocations(ports, claims, new Map()).leaks);
  repairAllocations(ports, claims, leaks);
  assert.deepEqual(ports.holders(30001), ["here"]);
});
