import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Choice } from "./choice.ts";
import { IdSpace } from "./id-space.ts";
import { BLOCK_SIZE, blockOf, FIRST_FREE_BLOCK, VIRTUAL_SERVER } from "./target-id.ts";

const three: Choice = { endpoints: 3 };

test("IdSpace gives targets with one choice ids of one block, and others ids of another", () => {
  const ids = new IdSpace();
  const [first, second] = [ids.allocate(three), ids.allocate(three)];
  const other = ids.allocate({ endpoints: 3, affinity: { seconds: 10, set: "cluster" } });
  assert.deepEqual([first, second], [FIRST_FREE_BLOCK * BLOCK_SIZE, FIRST_FREE_BLOCK * BLOCK_SIZE + 1]);
  assert.equal(blockOf(other ?? 0), FIRST_FREE_BLOCK + 1);
});

test("IdSpace never gives out an id twice, nor one that was claimed", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("allocate" as const), endpoints: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant("claim" as const), index: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ kind: fc.constant("release" as const), at: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ids = new IdSpace();
      ids.adopt(FIRST_FREE_BLOCK, three);
      const held = new Set<number>();
      for (const [index, action] of steps.entries()) {
        if (action.kind === "release") {
          const id = [...held][action.at % Math.max(1, held.size)];
          if (id !== undefined && held.delete(id)) ids.release(id);
          continue;
        }
        const wanted = FIRST_FREE_BLOCK * BLOCK_SIZE + (action.kind === "claim" ? action.index : 0);
        const id =
          action.kind === "allocate"
            ? ids.allocate({ endpoints: action.endpoints })
            : ids.claim(wanted, three)
              ? wanted
              : undefined;
        if (action.kind === "claim") assert.equal(id === undefined, held.has(wanted), `step ${index}`);
        if (id === undefined) continue;
        assert.ok(!held.has(id), `step ${index} gave ${id} again`);
        held.add(id);
      }
    }),
  );
});

test("IdSpace claims nothing in a block that chooses in another way", () => {
  const ids = new IdSpace();
  ids.adopt(7, { endpoints: 2 });
  assert.equal(ids.claim(7 * BLOCK_SIZE, three), false);
  assert.equal(ids.claim(8 * BLOCK_SIZE, three), false);
});

test("IdSpace has no id when every block is taken, and has again when one is dropped", () => {
  const ids = new IdSpace();
  for (let endpoints = 1; endpoints <= blockOf(VIRTUAL_SERVER) - FIRST_FREE_BLOCK; endpoints++)
    assert.notEqual(ids.allocate({ endpoints }), undefined);
  assert.equal(ids.allocate({ endpoints: 5000 }), undefined);
  ids.release(FIRST_FREE_BLOCK * BLOCK_SIZE);
  assert.equal(ids.countUnused(), 1);
  assert.deepEqual(ids.dropUnused(), [FIRST_FREE_BLOCK]);
  assert.equal(ids.allocate({ endpoints: 5000 }), FIRST_FREE_BLOCK * BLOCK_SIZE);
});
