import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "./session.ts";

test("Session keeps an endpoint's number while others come and go", () => {
  const session = new Session(1);
  session.hold(["a", "b", "c"]);
  const before = session.endpointId("b");
  session.hold(["b", "d"]);
  session.release(["a", "b", "c"]);
  assert.equal(session.endpointId("b"), before);
  assert.throws(() => session.endpointId("a"), RangeError);
});

test("Session does not give the number of an endpoint that left to the one that comes next", () => {
  const session = new Session(1);
  session.hold(["a", "b"]);
  const left = session.endpointId("b");
  session.release(["b"]);
  session.hold(["c"]);
  assert.notEqual(session.endpointId("c"), left);
});

test("Session uses freed numbers when it has gone round, and takes no more endpoints than it has numbers", () => {
  const session = new Session(1, [["z", 2047]]);
  session.hold(["z", "a"]);
  assert.equal(session.endpointId("a"), session.id + 1);
  const many = Array.from({ length: 2045 }, (_, index) => `e${index}`);
  assert.ok(session.hold(many));
  assert.equal(new Set(["z", "a", ...many].map((key) => session.endpointId(key))).size, 2047);
  assert.ok(!session.hold(["one too many"]));
  assert.throws(() => session.endpointId("one too many"), RangeError);
});

test("Session takes over the numbers of one that the kernel has, for endpoints that come later", () => {
  const session = new Session(7);
  session.hold(["a"]);
  session.adopt(new Session(7, [["b", 9]]));
  session.adopt(new Session(8, [["c", 20]]));
  session.hold(["b", "c"]);
  assert.equal(session.endpointId("b"), session.id + 9);
  assert.notEqual(session.endpointId("c"), session.id + 20);
});
