import assert from "node:assert/strict";
import { test } from "node:test";
import { isStoreError, StoreError } from "../errors.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const maxBytes = 512 << 10;
const value = "x".repeat(2000);

test("a store that is full says so, loses nothing, and writes again once there is room", async () => {
  const store = await openSqliteStore(":memory:", { maxBytes });
  const written = await fill(store);
  assert.ok(written > 100, `${written} writes fit`);
  const { entries, revision } = await store.list("");
  assert.deepEqual([entries.length, revision], [1, await store.revision()]);
  assert.equal(entries[0]?.value, `${written - 1} ${value}`);

  await store.compact(revision);
  const after = await store.commit([{ key: "after", value }]);
  assert.deepEqual(after, { committed: true, revision: revision + 1 });
  await store.close();
});

test("a commit that does not fit leaves those made at the same moment alone", async () => {
  const store = await openSqliteStore(":memory:", { maxBytes });
  const outcomes = await Promise.allSettled([
    store.commit([{ key: "a", value }]),
    store.commit([{ key: "large", value: "x".repeat(maxBytes) }]),
    store.commit([{ key: "b", value }]),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  const { entries } = await store.list("");
  assert.deepEqual(
    entries.map(({ key }) => key),
    ["a", "b"],
  );
  await store.close();
});

test("a watcher hears nothing of a commit that did not fit", async () => {
  const store = await openSqliteStore(":memory:", { maxBytes });
  const start = await store.revision();
  await store.commit([{ key: "large", value: "x".repeat(maxBytes) }]).catch(() => undefined);
  const { revision } = (await store.commit([{ key: "a", value: "1" }])) as { revision: number };
  for await (const batch of store.watch("", start, AbortSignal.timeout(5000))) {
    assert.deepEqual(batch, { events: [{ type: "put", key: "a", value: "1", revision }], revision });
    break;
  }
  await store.close();
});

test("a closed store says that it is closed", async () => {
  const store = await openSqliteStore(":memory:");
  await store.close();
  for (const use of [store.get("a"), store.list(""), store.commit([]), store.compact(1)]) {
    await assert.rejects(use, (error) => error instanceof StoreError && error.code === "closed");
  }
});

/** Rewrites one key, so that history is what takes the room, and returns how many writes took place. */
async function fill(store: Store): Promise<number> {
  for (let count = 0; ; count++) {
    try {
      await store.commit([{ key: "a", value: `${count} ${value}` }]);
    } catch (error) {
      assert.ok(isStoreError(error, "full"), String(error));
      assert.match(error.message, /no space left/);
      return count;
    }
  }
}
