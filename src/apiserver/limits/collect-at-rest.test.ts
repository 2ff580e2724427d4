import assert from "node:assert/strict";
import { test } from "node:test";
import { collectAtRest } from "./collect-at-rest.ts";

const megabyte = 1 << 20;

function setUp() {
  const state = { heap: 10 * megabyte, collections: 0 };
  const timers: (() => void)[] = [];
  const request = collectAtRest({
    heapBytes: () => state.heap,
    collect() {
      state.collections += 1;
      state.heap = 12 * megabyte;
    },
    after: (_delayMs, run) => void timers.push(run),
  });
  return { state, timers, request, pass: () => timers.shift()?.() };
}

test("what a burst leaves behind is collected when nothing was asked for a while", () => {
  const { state, timers, request, pass } = setUp();
  request();
  state.heap = 100 * megabyte;
  request();
  pass();
  assert.equal(state.collections, 0);
  pass();
  assert.equal(state.collections, 1);
  assert.equal(timers.length, 0);
  request();
  pass();
  assert.equal(state.collections, 1);
});

test("a little garbage is no reason to stop for", () => {
  const { state, request, pass } = setUp();
  request();
  state.heap = 30 * megabyte;
  pass();
  assert.equal(state.collections, 0);
});
