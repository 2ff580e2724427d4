import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoreEvent } from "../store.ts";
import { committed, type MakeStore, put, readUntil, remove } from "./temporary-store.ts";

export function watchConformance(makeStore: MakeStore): void {
  test("a watch yields what was written after its revision, with the state before", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const first = await put(store, "w/a", "1");
    const second = await put(store, "w/a", "2");
    await put(store, "other", "x");
    const third = await remove(store, "w/a");
    const events = await readUntil(store.watch("w/", first, AbortSignal.timeout(5000)), third);
    assert.deepEqual(events, [
      {
        type: "put",
        key: "w/a",
        value: "2",
        revision: second,
        previous: { key: "w/a", value: "1", revision: first },
      },
      { type: "delete", key: "w/a", revision: third, previous: { key: "w/a", value: "2", revision: second } },
    ] satisfies StoreEvent[]);
  });

  test("a watch delivers what is written while it waits", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const watch = store
      .watch("w/", await store.revision(), AbortSignal.timeout(5000))
      [Symbol.asyncIterator]();
    const next = watch.next();
    const revision = await put(store, "w/a", "1");
    assert.deepEqual(await next, {
      done: false,
      value: { events: [{ type: "put", key: "w/a", value: "1", revision }], revision },
    });
    await watch.return?.();
  });

  test("a watch says how far it has seen when other keys change", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const watch = store.watch("w/", await store.revision(), AbortSignal.timeout(5000));
    const revision = await put(store, "elsewhere", "1");
    assert.deepEqual(await readUntil(watch, revision), []);
  });

  test("the events of one commit come in one batch", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const start = await store.revision();
    const writes = Array.from({ length: 700 }, (_, i) => ({ key: `w/${i}`, value: `${i}` }));
    for (let round = 0; round < 3; round++) await committed(store, writes);
    const end = await store.revision();
    const sizes: number[] = [];
    for await (const { events, revision } of store.watch("w/", start, AbortSignal.timeout(5000))) {
      for (const commit of Map.groupBy(events, (event) => event.revision).values()) sizes.push(commit.length);
      if (revision >= end) break;
    }
    assert.deepEqual(sizes, [700, 700, 700]);
  });

  test("a watcher that does not read for long misses nothing", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const start = await store.revision();
    const watch = store.watch("w/", start, AbortSignal.timeout(30_000))[Symbol.asyncIterator]();
    const first = watch.next();
    const total = 6000;
    await Promise.all(Array.from({ length: total }, (_, i) => put(store, `w/${i}`, "x".repeat(100))));
    const seen = [...((await first).value?.events ?? [])];
    while (seen.length < total) seen.push(...((await watch.next()).value?.events ?? []));
    await watch.return?.();
    assert.deepEqual(
      seen.map(({ revision }) => revision),
      Array.from({ length: total }, (_, i) => start + 1 + i),
    );
  });

  test("a watch ends when its signal fires", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const controller = new AbortController();
    const watch = store.watch("", await store.revision(), controller.signal)[Symbol.asyncIterator]();
    const next = watch.next();
    controller.abort();
    assert.equal((await next).done, true);
  });

  test("a watch from a revision that is still to come begins there", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const watch = store.watch("", (await store.revision()) + 1, AbortSignal.timeout(5000));
    await put(store, "a", "1");
    const revision = await put(store, "b", "1");
    assert.deepEqual(
      (await readUntil(watch, revision)).map(({ key }) => key),
      ["b"],
    );
  });

  test("a watch ends when the store is closed", async () => {
    await using temporary = await makeStore();
    const { store } = temporary;
    const watch = store.watch("", await store.revision(), AbortSignal.timeout(5000))[Symbol.asyncIterator]();
    const next = watch.next();
    await store.close();
    assert.equal((await next).done, true);
  });
}
