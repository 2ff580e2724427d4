/** ModelStore: the store's semantics in the plainest form, to compare the real ones with. Keeps everything, in memory. */
import { compareKeys } from "../key-range.ts";
import type { CommitResult, Entry, StoreEvent, Write } from "../store.ts";

export interface ModelStore {
  revision(): number;
  commit(writes: readonly Write[]): CommitResult;
  get(key: string): Entry | undefined;
  /** All entries under the prefix at the revision, the newest if absent, in bytewise order. */
  list(prefix: string, revision?: number): readonly Entry[];
  events(prefix: string, afterRevision: number): readonly StoreEvent[];
}

export function createModelStore(startRevision: number): ModelStore {
  const states: Map<number, ReadonlyMap<string, Entry>> = new Map([[startRevision, new Map()]]);
  const log: StoreEvent[] = [];
  let newest = startRevision;

  function state(revision: number): ReadonlyMap<string, Entry> {
    return states.get(revision) ?? new Map();
  }

  function commit(writes: readonly Write[]): CommitResult {
    const before = state(newest);
    const failed = writes.find(
      ({ key, ifRevision }) => ifRevision !== undefined && ifRevision !== (before.get(key)?.revision ?? 0),
    );
    if (failed) return { committed: false, conflict: failed.key, current: before.get(failed.key) };
    const after = new Map(before);
    const revision = newest + 1;
    const events: StoreEvent[] = [];
    for (const { key, value } of writes) {
      const previous = before.get(key);
      if (value === undefined && !previous) continue;
      if (value === undefined) after.delete(key);
      else after.set(key, { key, value, revision });
      const common = { revision, key, ...(previous ? { previous } : {}) };
      events.push(value === undefined ? { ...common, type: "delete" } : { ...common, type: "put", value });
    }
    if (events.length > 0) {
      newest = revision;
      states.set(revision, after);
      log.push(...events);
    }
    return { committed: true, revision: newest };
  }

  return {
    revision: () => newest,
    commit,
    get: (key) => state(newest).get(key),
    list: (prefix, revision = newest) =>
      [...state(revision).values()]
        .filter(({ key }) => key.startsWith(prefix))
        .sort((a, b) => compareKeys(a.key, b.key)),
    events: (prefix, afterRevision) =>
      log.filter(({ key, revision }) => revision > afterRevision && key.startsWith(prefix)),
  };
}
