/** Applying one commit inside an open transaction. */
import type { CommitResult, Entry, StoreEvent, Write } from "../store.ts";
import { readEntry } from "./read-state.ts";
import { firstIdOf, revisionOf, writesPerCommit } from "./schema.ts";
import type { EntryRow, Statements } from "./statements.ts";

export interface AppliedCommit {
  readonly result: CommitResult;
  readonly events: readonly StoreEvent[];
}

/** Throws RangeError for more writes than one revision has room for. */
export function checkCount(writes: readonly Write[]): void {
  if (writes.length > writesPerCommit) {
    throw new RangeError(`Cannot commit ${writes.length} writes at once: at most ${writesPerCommit}`);
  }
}

/** Writes at `revision`, unless a condition fails or nothing changes; then the revision stays unused. */
export function applyCommit(
  statements: Statements,
  writes: readonly Write[],
  revision: number,
): AppliedCommit {
  const rows = writes.map(({ key }) => statements.get<EntryRow>("get", key));
  for (const [index, { key, ifRevision }] of writes.entries()) {
    const row = rows[index];
    const atRevision = row ? revisionOf(row.id) : 0;
    if (ifRevision !== undefined && ifRevision !== atRevision) {
      return { result: { committed: false, conflict: key, current: readEntry(statements, key) }, events: [] };
    }
  }
  const events: StoreEvent[] = [];
  for (const [index, write] of writes.entries()) {
    const row = rows[index];
    if (write.value === undefined && !row) continue;
    const id = firstIdOf(revision) + events.length;
    append(statements, id, write, row?.id ?? 0);
    events.push(
      eventOf(write, revision, row && { key: row.key, value: row.value, revision: revisionOf(row.id) }),
    );
  }
  return { result: { committed: true, revision: events.length === 0 ? revision - 1 : revision }, events };
}

function append(statements: Statements, id: number, { key, value }: Write, previous: number): void {
  statements.run("append", id, key, value === undefined ? 0 : 1, previous, value ?? null);
  if (value === undefined) statements.run("unpoint", key);
  else statements.run("point", key, id);
}

function eventOf({ key, value }: Write, revision: number, previous: Entry | undefined): StoreEvent {
  const common = { revision, key, ...(previous ? { previous } : {}) };
  return value === undefined ? { ...common, type: "delete" } : { ...common, type: "put", value };
}
