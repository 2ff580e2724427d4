import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "./session.ts";
import { SessionSpace } from "./session-space.ts";

test("SessionSpace gives all targets of a Service port one session, as long as one of them has it", () => {
  const sessions = new SessionSpace();
  const first = sessions.open("web");
  assert.equal(sessions.open("web"), first);
  sessions.close("web");
  assert.equal(sessions.open("web"), first);
  assert.notEqual(sessions.open("api")?.number, first?.number);
});

test("SessionSpace gives a session that the kernel knows its number, once", () => {
  const sessions = new SessionSpace();
  const known = new Session(1, [["a", 3]]);
  const session = sessions.open("web", known);
  assert.equal(session?.number, 1);
  assert.ok(session?.hold(["a"]));
  assert.equal(session?.endpointId("a"), session.id + 3);
  assert.equal(sessions.open("api", known)?.number, 2);
});

test("SessionSpace uses a closed session's number last", () => {
  const sessions = new SessionSpace();
  sessions.open("web");
  sessions.close("web");
  assert.equal(sessions.open("api")?.number, 2);
});
