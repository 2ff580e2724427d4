/**
 * Store: revisioned keys and their event log, the one thing the API server keeps its state in.
 * The embedded store (SQLite) and etcd both fit behind it; its semantics are those of etcd's v3 API.
 */

export interface Entry {
  readonly key: string;
  /** UTF-8 text; the API server stores JSON. */
  readonly value: string;
  /** Revision of the last write to this key. */
  readonly revision: number;
}

/** One write of a commit. Without `value` the key is deleted. */
export interface Write {
  readonly key: string;
  readonly value?: string;
  /** The write takes place only if the key is at this revision now; 0: only if it does not exist; absent: whatever is there. */
  readonly ifRevision?: number;
}

export type CommitResult =
  /** All writes took place, at this one revision. */
  | { readonly committed: true; readonly revision: number }
  /** None took place: `conflict` is the first key whose condition failed, `current` what it holds now. */
  | { readonly committed: false; readonly conflict: string; readonly current: Entry | undefined };

export interface ListOptions {
  /** At most so many entries. */
  readonly limit?: number;
  /** Only keys that sort after this one: where the last page ended. */
  readonly after?: string;
  /** The state at this revision; the newest if absent. Throws CompactedError when it is no longer kept. */
  readonly revision?: number;
}

export interface ListResult {
  /** Ordered by key, bytewise. */
  readonly entries: readonly Entry[];
  /** The revision that the whole list reflects. */
  readonly revision: number;
  /** How many keys follow the last entry. */
  readonly remaining: number;
}

export type StoreEvent = {
  readonly revision: number;
  readonly key: string;
  /** The key's state before the event; absent if it did not exist. */
  readonly previous?: Entry;
} & ({ readonly type: "put"; readonly value: string } | { readonly type: "delete" });

export interface Store {
  /** The newest revision that is committed. */
  revision(): Promise<number>;
  get(key: string): Promise<Entry | undefined>;
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /** Applies all writes, or none. Resolves once they survive a crash. */
  commit(writes: readonly Write[]): Promise<CommitResult>;
  /**
   * Yields batches of events under the prefix, oldest first, from the first one after `afterRevision` on, without a gap.
   * A commit's events are never spread over two batches. Also yields empty batches with the revision reached, so that
   * a reader can say how far it has seen. Ends when the signal fires; throws CompactedError when the history is gone.
   */
  watch(prefix: string, afterRevision: number, signal: AbortSignal): AsyncIterable<WatchBatch>;
  /** Forgets history up to and including this revision: older lists and watches throw CompactedError from then on. */
  compact(revision: number): Promise<void>;
  /** Writes a consistent copy of the whole store into a new file while work goes on; absent where the store has its own tools for that. */
  snapshot?(file: string): Promise<void>;
  /** Characters of all values written since the store was opened; absent where the store bounds its history itself. */
  written?(): number;
  close(): Promise<void>;
}

export interface WatchBatch {
  readonly events: readonly StoreEvent[];
  readonly revision: number;
}

export class CompactedError extends Error {
  override readonly name = "CompactedError";
  readonly requested: number;
  /** The oldest revision that can still be read. */
  readonly oldest: number;

  constructor(requested: number, oldest: number) {
    super(`Cannot read revision ${requested}: history before ${oldest} is compacted`);
    this.requested = requested;
    this.oldest = oldest;
  }
}
