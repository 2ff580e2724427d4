import assert from "node:assert/strict";
import { test } from "node:test";
import { Session, SessionSpace } from "./session-space.ts";

test("Session keeps an endpoint's number while others come and go", () => {
  const session = new Session(1);
  session.setEndpoints(["a", "b", "c"]);
  const before = session.endpointId("b");
  session.setEndpoints(["b", "d"]);
  assert.equal(session.endpointId("b"), before);
  assert.throws(() => session.endpointId("a"), RangeError);
});

test("Session does not give the number of an endpoint that left to the one that comes next", () => {
  const session = new Session(1);
  session.setEndpoints(["a", "b"]);
  const left = session.endpointId("b");
  session.setEndpoints(["a", "c"]);
  assert.notEqual(session.endpointId("c"), left);
});

test("Session uses freed numbers when it has gone round", () => {
  const session = new Session(1, [["z", 4095]]);
  session.setEndpoints(["z", "a"]);
  assert.equal(session.endpointId("a"), session.id + 1);
  const many = Array.from({ length: 4095 }, (_, index) => `e${index}`);
  session.setEndpoints(many);
  assert.equal(new Set(many.map((key) => session.endpointId(key))).size, 4095);
  assert.throws(() => session.setEndpoints([...many, "one too many"]), RangeError);
});

test("SessionSpace gives a session that the kernel knows its number, once", () => {
  const sessions = new SessionSpace();
  const known = new Session(1, [["a", 3]]);
  assert.equal(sessions.open(known), known);
  assert.equal(sessions.open(known)?.number, 2);
  assert.equal(sessions.open()?.number, 3);
});

test("SessionSpace uses a closed session's number last", () => {
  const sessions = new SessionSpace();
  const first = sessions.open();
  if (first) sessions.close(first);
  assert.equal(sessions.open()?.number, 2);
});
