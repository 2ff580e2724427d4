import assert from "node:assert/strict";
import { test } from "node:test";
import { GenerationWatch } from "./generation-watch.ts";

test("GenerationWatch knows its own transactions from others'", async () => {
  let generation = 7;
  const watch = new GenerationWatch(async () => generation);
  assert.equal(await watch.changedByOthers(), false, "the first look");
  generation += 2;
  watch.committed();
  watch.committed();
  assert.equal(await watch.changedByOthers(), false, "two of ours");
  generation += 2;
  watch.committed();
  assert.equal(await watch.changedByOthers(), true, "one of ours and one of another");
  assert.equal(await watch.changedByOthers(), false, "nothing since");
});
