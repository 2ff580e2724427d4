/** CommitQueue: commits that arrive together share one transaction, and so one flush to the disk. */
import { StoreError } from "../errors.ts";
import type { CommitResult, StoreEvent, Write } from "../store.ts";
import { type AppliedCommit, applyCommit } from "./apply-commit.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import type { Statements } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

export interface CommitQueue {
  add(writes: readonly Write[]): Promise<CommitResult>;
  /** Commits what is waiting, now. */
  flush(): void;
}

export interface CommitQueueOptions {
  readonly statements: Statements;
  /** The newest revision. */
  revision(): number;
  /** Called once what is given is safe on disk, before the callers hear of it. One element per commit. */
  committed(revision: number, events: readonly (readonly StoreEvent[])[]): void;
}

interface Waiting {
  readonly writes: readonly Write[];
  resolve(result: CommitResult): void;
  reject(reason: unknown): void;
}

/** Bounds how long one transaction keeps the process from doing anything else. */
const commitsPerTransaction = 512;

export function createCommitQueue({ statements, revision, committed }: CommitQueueOptions): CommitQueue {
  let waiting: Waiting[] = [];

  function flush(): void {
    const all = waiting;
    waiting = [];
    for (let start = 0; start < all.length; start += commitsPerTransaction) {
      commitTogether(all.slice(start, start + commitsPerTransaction));
    }
  }

  /** One commit that does not fit on the disk must not take down the others. */
  function commitTogether(group: readonly Waiting[]): void {
    try {
      settle(group, transact(statements, group, revision()));
    } catch (error) {
      if (group.length > 1 && error instanceof StoreError && error.code === "full") {
        for (const one of group) commitTogether([one]);
      } else {
        for (const { reject } of group) reject(error);
      }
    }
  }

  function settle(group: readonly Waiting[], applied: readonly AppliedCommit[]): void {
    const events = applied.map((commit) => commit.events).filter(({ length }) => length > 0);
    if (events.length > 0) committed(revision() + events.length, events);
    for (const [index, { resolve }] of group.entries()) {
      const result = applied[index]?.result;
      if (result) resolve(result);
    }
  }

  return {
    add(writes) {
      return new Promise((resolve, reject) => {
        waiting.push({ writes, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      });
    },
    flush,
  };
}

function transact(
  statements: Statements,
  group: readonly Waiting[],
  newest: number,
): readonly AppliedCommit[] {
  try {
    return inTransaction(statements, () => {
      let revision = newest;
      return group.map(({ writes }) => {
        const commit = applyCommit(statements, writes, revision + 1);
        if (commit.events.length > 0) revision += 1;
        return commit;
      });
    });
  } catch (error) {
    throw sqliteFailure(error, "write to the store");
  }
}
