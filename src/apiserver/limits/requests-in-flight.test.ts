import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestAttributes } from "../auth/request-attributes.ts";
import { createRequestsInFlight } from "./requests-in-flight.ts";

const somebody = { name: "a", uid: "", groups: ["system:authenticated"] };
const administrator = { name: "root", uid: "", groups: ["system:masters"] };

function request(verb: string, subresource = ""): RequestAttributes {
  return { kind: "resource", verb, group: "", resource: "pods", subresource, namespace: "", name: "" };
}

test("readers and writers have limits of their own, and make room when they end", () => {
  const inFlight = createRequestsInFlight({ reading: 2, mutating: 1 });
  const [first, second] = [
    inFlight.begin(somebody, request("get")),
    inFlight.begin(undefined, request("list")),
  ];
  assert.ok(first && second);
  assert.equal(inFlight.begin(somebody, request("list")), undefined);
  assert.equal(inFlight.begin(somebody, { kind: "path", verb: "get", path: "/version" }), undefined);
  const write = inFlight.begin(somebody, request("create"));
  assert.ok(write);
  assert.equal(inFlight.begin(somebody, request("patch")), undefined);
  first();
  first();
  assert.ok(inFlight.begin(somebody, request("get")));
  assert.equal(inFlight.begin(somebody, request("get")), undefined);
  write();
  assert.ok(inFlight.begin(somebody, request("delete")));
});

test("administrators and whatever lasts long are not counted", () => {
  const inFlight = createRequestsInFlight({ reading: 1, mutating: 1 });
  assert.ok(inFlight.begin(somebody, request("get")));
  for (const endless of [
    request("watch"),
    request("get", "log"),
    request("create", "exec"),
    request("get", "proxy"),
  ]) {
    assert.ok(inFlight.begin(somebody, endless));
  }
  assert.ok(inFlight.begin(administrator, request("get")));
});

test("0 means no limit", () => {
  const inFlight = createRequestsInFlight({ reading: 0, mutating: 0 });
  for (let i = 0; i < 1000; i++) assert.ok(inFlight.begin(somebody, request("get")));
});
