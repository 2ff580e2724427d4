/** The embedded store: one SQLite file that one process has open. */
import { backup } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createChangeSignal } from "../change-signal.ts";
import { checkWrites } from "../check-writes.ts";
import { StoreError } from "../errors.ts";
import { createRecentEvents } from "../recent-events.ts";
import { CompactedError, type ListOptions, type Store, type Write } from "../store.ts";
import { checkCount } from "./apply-commit.ts";
import { createCommitQueue } from "./commit-queue.ts";
import { type DatabaseOptions, openDatabase } from "./database.ts";
import { readEntry, readList } from "./read-state.ts";
import { revisionOf } from "./schema.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import { type NumberRow, prepareStatements } from "./statements.ts";
import { readProgress, sweepStep } from "./sweep.ts";
import { watchStore } from "./watch.ts";

export interface SqliteStoreOptions extends DatabaseOptions {
  /** How much of the newest history is held in memory for watchers. */
  readonly recentEvents?: { readonly maxEvents: number; readonly maxCharacters: number };
}

/** 4 MiB: nothing else reads or writes while they are copied. */
const pagesPerStep = 1024;

const defaultRecentEvents = { maxEvents: 2048, maxCharacters: 8 << 20 };

/**
 * Opens the store in the file, which is created if need be, or in memory (`:memory:`). Reads and writes happen on the
 * calling thread, each short. Rejects with StoreError `in-use`, `unreadable`, `full` or `io`.
 */
export async function openSqliteStore(file: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const { database, close } = openDatabase(file, options);
  const statements = prepareStatements(database);
  let compacted = readProgress(statements, "compacted");
  let revision = Math.max(compacted, revisionOf(statements.get<NumberRow>("newestId")?.number ?? 0));
  let closed = false;
  const copies = new Set<Promise<unknown>>();
  let written = 0;
  const recent = createRecentEvents(revision, options.recentEvents ?? defaultRecentEvents);
  const changes = createChangeSignal();

  const queue = createCommitQueue({
    statements,
    revision: () => revision,
    committed(newest, commits) {
      for (const events of commits) {
        recent.push(events);
        for (const event of events) if (event.type === "put") written += event.value.length;
      }
      revision = newest;
      changes.fire();
    },
  });
  const source = {
    statements,
    recent,
    revision: () => revision,
    compacted: () => compacted,
    isClosed: () => closed,
    changed: changes.next,
  };

  function read<T>(action: string, run: () => T): T {
    if (closed) throw new StoreError("closed", `Cannot ${action}: the store is closed`);
    try {
      return run();
    } catch (error) {
      throw sqliteFailure(error, `${action} in the store`);
    }
  }

  async function sweep(): Promise<void> {
    while (!closed && read("compact", () => sweepStep(statements))) await nextTurn();
  }

  return {
    revision: async () => revision,
    get: async (key) => read("get", () => readEntry(statements, key)),
    list: async (prefix, listOptions = {}) =>
      read("list", () => {
        checkRevision(listOptions, compacted, revision);
        return readList(statements, prefix, listOptions, revision);
      }),
    async commit(writes: readonly Write[]) {
      checkCount(writes);
      checkWrites(writes);
      if (closed) throw new StoreError("closed", "Cannot write: the store is closed");
      return queue.add(writes);
    },
    watch: (prefix, afterRevision, signal) => watchStore(source, prefix, afterRevision, signal),
    async compact(upTo) {
      if (closed) throw new StoreError("closed", "Cannot compact: the store is closed");
      if (upTo > revision)
        throw new RangeError(`Cannot compact up to ${upTo}: the newest revision is ${revision}`);
      if (upTo > compacted) {
        read("compact", () => statements.run("setProgress", upTo, "compacted"));
        compacted = upTo;
      }
      await sweep();
    },
    async snapshot(copy) {
      if (closed) throw new StoreError("closed", "Cannot copy: the store is closed");
      const copying = backup(database, copy, { rate: pagesPerStep });
      copies.add(copying);
      try {
        await copying;
      } catch (error) {
        throw sqliteFailure(error, `copy the store to ${copy}`);
      } finally {
        copies.delete(copying);
      }
    },
    written: () => written,
    async close() {
      if (closed) return;
      queue.flush();
      closed = true;
      changes.fire();
      await Promise.allSettled(copies);
      close();
    },
  };
}

function checkRevision({ revision }: ListOptions, compacted: number, newest: number): void {
  if (revision === undefined) return;
  if (revision < compacted) throw new CompactedError(revision, compacted);
  if (revision > newest) throw new RangeError(`Cannot list at revision ${revision}: the newest is ${newest}`);
}
