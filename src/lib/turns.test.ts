import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "./turns.ts";

test("one thing is done after the other, and a failure is its own alone", async () => {
  const turns = new Turns();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const results = [
    turns.take(async () => {
      await first.promise;
      done.push("first");
      throw new Error("first failed");
    }),
    turns.take(async () => {
      done.push("second");
      return 2;
    }),
  ] as const;
  assert.deepEqual(done, []);
  first.resolve();
  await assert.rejects(results[0], /first failed/);
  assert.equal(await results[1], 2);
  assert.deepEqual(done, ["first", "second"]);
});
