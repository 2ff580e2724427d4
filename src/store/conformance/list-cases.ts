import assert from "node:assert/strict";
import { test } from "node:test";
import { keys, type MakeStore, put, remove } from "./temporary-store.ts";

export function listConformance(makeStore: MakeStore): void {
  test("a list holds the keys under the prefix, in the order of their bytes", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const all = ["b/1", "a/2", "a/10", "a", "a/", "a0", "a/ü", "a/\u{1f6aa}", "a/\uffee", "A/1"];
    for (const key of all) await put(store, key, key);
    assert.deepEqual(await keys(store, "a/"), ["a/", "a/10", "a/2", "a/ü", "a/\uffee", "a/\u{1f6aa}"]);
    assert.deepEqual(await keys(store, "b"), ["b/1"]);
    assert.deepEqual(await keys(store, "c"), []);
    assert.equal((await keys(store, "")).length, all.length);
  });

  test("pages of a list show one revision, whatever is written between them", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    for (let i = 0; i < 10; i++) await put(store, `p/${i}`, "old");
    const first = await store.list("p/", { limit: 4 });
    assert.deepEqual(
      first.entries.map(({ key }) => key),
      ["p/0", "p/1", "p/2", "p/3"],
    );
    assert.equal(first.remaining, 6);
    await put(store, "p/5", "new");
    await put(store, "p/45", "new");
    await remove(store, "p/7");
    const second = await store.list("p/", { limit: 4, after: "p/3", revision: first.revision });
    const third = await store.list("p/", { limit: 4, after: "p/7", revision: first.revision });
    assert.deepEqual(
      [...second.entries, ...third.entries].map(({ key, value }) => `${key} ${value}`),
      ["p/4 old", "p/5 old", "p/6 old", "p/7 old", "p/8 old", "p/9 old"],
    );
    assert.deepEqual([second.remaining, third.remaining], [2, 0]);
    assert.deepEqual([second.revision, third.revision], [first.revision, first.revision]);
  });

  test("a page may begin after a key that does not exist", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    for (const key of ["p/a", "p/c"]) await put(store, key, "");
    const { entries } = await store.list("p/", { after: "p/b" });
    assert.deepEqual(
      entries.map(({ key }) => key),
      ["p/c"],
    );
    assert.deepEqual((await store.list("p/", { after: "p/c", limit: 5 })).entries, []);
  });

  test("a limit that just fits leaves nothing remaining", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    for (const key of ["p/a", "p/b"]) await put(store, key, "");
    assert.equal((await store.list("p/", { limit: 2 })).remaining, 0);
    assert.equal((await store.list("p/", { limit: 1 })).remaining, 1);
  });

  test("a list at an older revision shows what was then", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const created = await put(store, "a", "1");
    const changed = await put(store, "a", "2");
    const deleted = await remove(store, "a");
    const at = async (revision: number) => (await store.list("", { revision })).entries;
    assert.deepEqual(await at(created - 1), []);
    assert.deepEqual(await at(created), [{ key: "a", value: "1", revision: created }]);
    assert.deepEqual(await at(changed), [{ key: "a", value: "2", revision: changed }]);
    assert.deepEqual(await at(deleted), []);
  });

  test("a list at a revision that is still to come is refused", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    await assert.rejects(store.list("", { revision: (await store.revision()) + 1 }), RangeError);
  });
}
