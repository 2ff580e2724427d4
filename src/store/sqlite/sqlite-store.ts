/** The embedded store: one SQLite file that one process has open. */
import { backup } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createChangeSignal } from "../change-signal.ts";
import { checkWrites } from "../check-writes.ts";
import { StoreError } from "../errors.ts";
import { createRecentEvents, type RecentEvents, type RecentEventsLimits } from "../recent-events.ts";
import {
  type CommitResult,
  CompactedError,
  type Entry,
  type ListOptions,
  type ListResult,
  type Store,
  type StoreEvent,
  type WatchBatch,
  type Write,
} from "../store.ts";
import { checkCount } from "./apply-commit.ts";
import { type CommitQueue, createCommitQueue } from "./commit-queue.ts";
import { type DatabaseOptions, type OpenDatabase, openDatabase } from "./database.ts";
import { readEntry, readList } from "./read-state.ts";
import { revisionOf } from "./schema.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import { type NumberRow, prepareStatements, type Statements } from "./statements.ts";
import { readProgress, sweepStep } from "./sweep.ts";
import { type WatchSource, watchStore } from "./watch.ts";

export interface SqliteStoreOptions extends DatabaseOptions {
  /** How much of the newest history is held in memory for watchers. */
  readonly recentEvents?: RecentEventsLimits;
}

/** 4 MiB: nothing else reads or writes while they are copied. */
const pagesPerStep = 1024;

const defaultRecentEvents = { maxEvents: 2048, maxCharacters: 8 << 20 };

/**
 * Opens the store in the file, which is created if need be, or in memory (`:memory:`). Reads and writes happen on the
 * calling thread, each short. Rejects with StoreError `in-use`, `unreadable`, `full` or `io`.
 */
export async function openSqliteStore(file: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const open = openDatabase(file, options);
  return new SqliteStore(open, options.recentEvents ?? defaultRecentEvents);
}

class SqliteStore implements Store {
  readonly #open: OpenDatabase;
  readonly #statements: Statements;
  readonly #recent: RecentEvents;
  readonly #changes = createChangeSignal();
  readonly #queue: CommitQueue;
  readonly #watching: WatchSource;
  readonly #copies = new Set<Promise<unknown>>();
  #compacted: number;
  #revision: number;
  #written = 0;
  #closed = false;

  constructor(open: OpenDatabase, limits: RecentEventsLimits) {
    const statements = prepareStatements(open.database);
    this.#open = open;
    this.#statements = statements;
    this.#compacted = readProgress(statements, "compacted");
    const newest = revisionOf(statements.get<NumberRow>("newestId")?.number ?? 0);
    this.#revision = Math.max(this.#compacted, newest);
    this.#recent = createRecentEvents(this.#revision, limits);
    const revision = () => this.#revision;
    this.#queue = createCommitQueue({
      statements,
      revision,
      committed: (reached, commits) => this.#note(reached, commits),
    });
    this.#watching = {
      statements,
      recent: this.#recent,
      revision,
      compacted: () => this.#compacted,
      isClosed: () => this.#closed,
      changed: this.#changes.next,
    };
  }

  #note(revision: number, commits: readonly (readonly StoreEvent[])[]): void {
    for (const events of commits) {
      this.#recent.push(events);
      for (const event of events) if (event.type === "put") this.#written += event.value.length;
    }
    this.#revision = revision;
    this.#changes.fire();
  }

  #read<T>(action: string, run: () => T): T {
    this.#requireOpen(action);
    try {
      return run();
    } catch (error) {
      throw sqliteFailure(error, `${action} in the store`);
    }
  }

  #requireOpen(action: string): void {
    if (this.#closed) throw new StoreError("closed", `Cannot ${action}: the store is closed`);
  }

  async revision(): Promise<number> {
    return this.#revision;
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#read("get", () => readEntry(this.#statements, key));
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    return this.#read("list", () => {
      checkRevision(options, this.#compacted, this.#revision);
      return readList(this.#statements, prefix, options, this.#revision);
    });
  }

  async commit(writes: readonly Write[]): Promise<CommitResult> {
    checkCount(writes);
    checkWrites(writes);
    this.#requireOpen("write");
    return this.#queue.add(writes);
  }

  watch(prefix: string, afterRevision: number, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return watchStore(this.#watching, prefix, afterRevision, signal);
  }

  async compact(upTo: number): Promise<void> {
    this.#requireOpen("compact");
    if (upTo > this.#revision) {
      throw new RangeError(`Cannot compact up to ${upTo}: the newest revision is ${this.#revision}`);
    }
    if (upTo > this.#compacted) {
      this.#read("compact", () => this.#statements.run("setProgress", upTo, "compacted"));
      this.#compacted = upTo;
    }
    while (!this.#closed && this.#read("compact", () => sweepStep(this.#statements))) await nextTurn();
  }

  async snapshot(copy: string): Promise<void> {
    this.#requireOpen("copy");
    const copying = backup(this.#open.database, copy, { rate: pagesPerStep });
    this.#copies.add(copying);
    try {
      await copying;
    } catch (error) {
      throw sqliteFailure(error, `copy the store to ${copy}`);
    } finally {
      this.#copies.delete(copying);
    }
  }

  written(): number {
    return this.#written;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#queue.flush();
    this.#closed = true;
    this.#changes.fire();
    await Promise.allSettled(this.#copies);
    this.#open.close();
  }
}

function checkRevision({ revision }: ListOptions, compacted: number, newest: number): void {
  if (revision === undefined) return;
  if (revision < compacted) throw new CompactedError(revision, compacted);
  if (revision > newest) throw new RangeError(`Cannot list at revision ${revision}: the newest is ${newest}`);
}
