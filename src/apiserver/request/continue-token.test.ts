import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeContinue, encodeContinue } from "./continue-token.ts";

test("a continue token says what went into it", () => {
  const names = fc.stringMatching(/^[a-z0-9/.-]{1,40}$/);
  fc.assert(
    fc.property(fc.integer({ min: -1 }), names, (revision, after) => {
      assert.deepEqual(decodeContinue(encodeContinue({ revision, after })), { revision, after });
    }),
  );
});

test("a broken continue token is a bad request", () => {
  for (const token of [
    "garbage",
    "",
    Buffer.from("{}").toString("base64url"),
    Buffer.from("[").toString("base64url"),
  ]) {
    assert.throws(() => decodeContinue(token), {
      message: /^invalid continue token: continue key is not valid/,
    });
  }
});
