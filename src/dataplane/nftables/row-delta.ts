/** RowDelta: collects what goes and what comes, and says what of it makes a difference. */
import { isSameRow, type Row, rowId } from "./row.ts";

export type RowChange =
  | { readonly kind: "add"; readonly row: Row }
  | { readonly kind: "delete"; readonly row: Row }
  /** Same key, other data: the kernel knows only deletion and addition, which one transaction holds together. */
  | { readonly kind: "replace"; readonly previous: Row; readonly row: Row };

interface Entry {
  readonly before: Row | undefined;
  after: Row | undefined;
}

export class RowDelta {
  readonly #sets = new Map<string, Map<string, Entry>>();

  /** NOTE: a row that is taken before it was put is one that is there. */
  take(row: Row): void {
    const { entries, id } = this.#find(row);
    const entry = entries.get(id);
    if (entry) entry.after = undefined;
    else entries.set(id, { before: row, after: undefined });
  }

  put(row: Row): void {
    const { entries, id } = this.#find(row);
    const entry = entries.get(id);
    if (entry) entry.after = row;
    else entries.set(id, { before: undefined, after: row });
  }

  /** Returns what makes a difference. */
  changes(): readonly RowChange[] {
    const changes: RowChange[] = [];
    for (const entries of this.#sets.values()) {
      for (const { before, after } of entries.values()) {
        if (before && after) {
          if (!isSameRow(before, after)) changes.push({ kind: "replace", previous: before, row: after });
        } else if (after) changes.push({ kind: "add", row: after });
        else if (before) changes.push({ kind: "delete", row: before });
      }
    }
    return changes;
  }

  #find(row: Row): { entries: Map<string, Entry>; id: string } {
    let entries = this.#sets.get(row.set);
    if (!entries) {
      entries = new Map();
      this.#sets.set(row.set, entries);
    }
    return { entries, id: rowId(row) };
  }
}

/** Returns what turns the rows that are into the rows that should be. */
export function diffRows(actual: Iterable<Row>, wanted: Iterable<Row>): readonly RowChange[] {
  const delta = new RowDelta();
  for (const row of actual) delta.take(row);
  for (const row of wanted) delta.put(row);
  return delta.changes();
}
