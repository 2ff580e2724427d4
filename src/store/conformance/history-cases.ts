import assert from "node:assert/strict";
import { test } from "node:test";
import { CompactedError } from "../store.ts";
import { keys, type MakeStore, put, readUntil, remove } from "./temporary-store.ts";

export function historyConformance(makeStore: MakeStore): void {
  test("revision 1 is older than the history of a fresh store", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    await assert.rejects(store.list("", { revision: 1 }), CompactedError);
    const watch = store.watch("", 1, AbortSignal.timeout(5000))[Symbol.asyncIterator]();
    await assert.rejects(watch.next(), CompactedError);
  });

  test("compaction forgets older states and keeps the one it was asked for, and all later ones", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const first = await put(store, "a", "1");
    await put(store, "gone", "1");
    await remove(store, "gone");
    const kept = await put(store, "a", "2");
    const later = await put(store, "b", "1");
    await store.compact(kept);
    await assert.rejects(store.list("", { revision: first }), (error) => {
      assert.ok(error instanceof CompactedError);
      assert.deepEqual([error.requested, error.oldest], [first, kept]);
      return true;
    });
    assert.deepEqual(await keys(store, "", kept), ["a"]);
    assert.deepEqual(await keys(store, "", later), ["a", "b"]);
    assert.deepEqual(await store.get("a"), { key: "a", value: "2", revision: kept });
  });

  test("a watch from the compacted revision on works, from before it does not", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const first = await put(store, "a", "1");
    const second = await put(store, "a", "2");
    const third = await put(store, "a", "3");
    await store.compact(second);
    const events = await readUntil(store.watch("", second, AbortSignal.timeout(5000)), third);
    assert.deepEqual(events, [
      {
        type: "put",
        key: "a",
        value: "3",
        revision: third,
        previous: { key: "a", value: "2", revision: second },
      },
    ]);
    const tooOld = store.watch("", first, AbortSignal.timeout(5000))[Symbol.asyncIterator]();
    await assert.rejects(tooOld.next(), CompactedError);
  });

  test("compaction up to now leaves the newest state, and the revision where it is", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    await put(store, "a", "1");
    await put(store, "b", "1");
    const newest = await remove(store, "a");
    await store.compact(newest);
    assert.equal(await store.revision(), newest);
    assert.deepEqual(await keys(store, ""), ["b"]);
    assert.equal(await put(store, "a", "2"), newest + 1);
  });

  test("compaction up to what is compacted already does nothing; beyond the newest revision it is refused", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const revision = await put(store, "a", "1");
    await store.compact(revision);
    await store.compact(revision - 1);
    assert.deepEqual(await keys(store, "", revision), ["a"]);
    await assert.rejects(store.compact(revision + 1), RangeError);
  });
}
