import assert from "node:assert/strict";
import { test } from "node:test";
import { committed, type MakeStore, put, remove } from "./temporary-store.ts";

export function commitConformance(makeStore: MakeStore): void {
  test("a fresh store is beyond revision 1, and empty", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    assert.ok((await store.revision()) > 1);
    assert.equal(await store.get("a"), undefined);
    assert.deepEqual((await store.list("")).entries, []);
  });

  test("a commit gives its revision to all that it writes", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const first = await store.revision();
    const revision = await committed(store, [
      { key: "a", value: "1" },
      { key: "b", value: "ünïcode 🚪" },
    ]);
    assert.equal(revision, first + 1);
    assert.equal(await store.revision(), revision);
    assert.deepEqual(await store.get("a"), { key: "a", value: "1", revision });
    assert.deepEqual(await store.get("b"), { key: "b", value: "ünïcode 🚪", revision });
  });

  test("commits made at once each have a revision of their own, and all take place", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const first = await store.revision();
    const revisions = await Promise.all(Array.from({ length: 50 }, (_, i) => put(store, `k${i}`, `${i}`)));
    assert.deepEqual(
      revisions.toSorted((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => first + 1 + i),
    );
    for (const [i, revision] of revisions.entries()) {
      assert.deepEqual(await store.get(`k${i}`), { key: `k${i}`, value: `${i}`, revision });
    }
  });

  test("of commits made at once under the same condition exactly one takes place", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.commit([{ key: "a", value: `${i}`, ifRevision: 0 }])),
    );
    const winner = results.findIndex(({ committed }) => committed);
    assert.equal(results.filter(({ committed }) => committed).length, 1);
    const current = await store.get("a");
    assert.equal(current?.value, `${winner}`);
    for (const result of results) {
      if (!result.committed) assert.deepEqual(result, { committed: false, conflict: "a", current });
    }
  });

  test("a failed condition keeps every write of its commit from taking place", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const at = await put(store, "a", "1");
    const result = await store.commit([
      { key: "b", value: "new" },
      { key: "a", value: "2", ifRevision: at + 7 },
      { key: "missing", ifRevision: 3 },
    ]);
    assert.deepEqual(result, {
      committed: false,
      conflict: "a",
      current: { key: "a", value: "1", revision: at },
    });
    assert.equal(await store.get("b"), undefined);
    assert.equal(await store.revision(), at);
  });

  test("a condition on a key that does not exist fails with nothing as its current state", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    assert.deepEqual(await store.commit([{ key: "a", value: "1", ifRevision: 5 }]), {
      committed: false,
      conflict: "a",
      current: undefined,
    });
  });

  test("a key can be deleted at its revision, and created again", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const created = await put(store, "a", "1");
    const deleted = await committed(store, [{ key: "a", ifRevision: created }]);
    assert.equal(deleted, created + 1);
    assert.equal(await store.get("a"), undefined);
    const again = await committed(store, [{ key: "a", value: "2", ifRevision: 0 }]);
    assert.deepEqual(await store.get("a"), { key: "a", value: "2", revision: again });
  });

  test("a commit that changes nothing leaves the revision where it is", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const at = await put(store, "a", "1");
    assert.equal(await remove(store, "missing"), at);
    assert.equal(await committed(store, []), at);
    assert.equal(await store.revision(), at);
  });

  test("a commit that writes a key twice is refused", async () => {
    await using temporary = await makeStore();
    const writes = [
      { key: "a", value: "1" },
      { key: "a", value: "2" },
    ];
    await assert.rejects(temporary.store.commit(writes), TypeError);
  });

  test("a value of a megabyte comes back as it was", async () => {
    await using temporary = await makeStore();
    const value = "0123456789abcdef".repeat(1 << 16);
    await put(temporary.store, "large", value);
    assert.equal((await temporary.store.get("large"))?.value, value);
  });
}
