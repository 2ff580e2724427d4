/** What a store under test is, and steps that many tests take. */
import assert from "node:assert/strict";
import type { Store, StoreEvent, WatchBatch, Write } from "../store.ts";

export interface TemporaryStore extends AsyncDisposable {
  readonly store: Store;
}

/** Opens an empty store of its own for each call. */
export type MakeStore = () => Promise<TemporaryStore>;

/** Commits one write without a condition and returns its revision. */
export async function put(store: Store, key: string, value: string): Promise<number> {
  return committed(store, [{ key, value }]);
}

export async function remove(store: Store, key: string): Promise<number> {
  return committed(store, [{ key }]);
}

export async function committed(store: Store, writes: readonly Write[]): Promise<number> {
  const result = await store.commit(writes);
  assert.ok(result.committed, `commit failed at ${JSON.stringify(result)}`);
  return result.revision;
}

export async function keys(store: Store, prefix: string, revision?: number): Promise<readonly string[]> {
  const { entries } = await store.list(prefix, revision === undefined ? {} : { revision });
  return entries.map(({ key }) => key);
}

/** Reads a watch until it has reached the revision; a watch that ends before is a failure. */
export async function readUntil(
  watch: AsyncIterable<WatchBatch>,
  revision: number,
): Promise<readonly StoreEvent[]> {
  const events: StoreEvent[] = [];
  for await (const batch of watch) {
    events.push(...batch.events);
    if (batch.revision >= revision) return events;
  }
  throw new assert.AssertionError({ message: `the watch ended before revision ${revision}` });
}
