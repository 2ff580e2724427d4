/** RowDelta: collects what goes and what comes, and says what of it makes a difference. */
import { isSameRow, type Row, rowId } from "./row.ts";

export type RowChange =
  | { readonly kind: "add"; readonly row: Row }
  | { readonly kind: "delete"; readonly row: Row }
  /** Same key, other data: the kernel knows only deletion and addition, which one transaction holds together. */
  | { readonly kind: "replace"; readonly previous: Row; readonly row: Row };

/** Takes rows that go and rows that come. */
export interface RowSink {
  /** NOTE: a row that is taken before it was put is one that is there. */
  take(rows: Iterable<Row>): void;
  put(rows: Iterable<Row>): void;
}

/** For changes that nobody asks the difference of. PERF: rows are made only when somebody walks over them. */
export const nowhere: RowSink = { take() {}, put() {} };

interface Entry {
  readonly before: Row | undefined;
  after: Row | undefined;
}

export class RowDelta implements RowSink {
  readonly #sets = new Map<string, Map<string, Entry>>();

  take(rows: Iterable<Row>): void {
    for (const row of rows) {
      const entries = this.#entriesOf(row.set);
      const entry = entries.get(rowId(row));
      if (entry) entry.after = undefined;
      else entries.set(rowId(row), { before: row, after: undefined });
    }
  }

  put(rows: Iterable<Row>): void {
    for (const row of rows) {
      const entries = this.#entriesOf(row.set);
      const entry = entries.get(rowId(row));
      if (entry) entry.after = row;
      else entries.set(rowId(row), { before: undefined, after: row });
    }
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

  #entriesOf(set: string): Map<string, Entry> {
    let entries = this.#sets.get(set);
    if (!entries) {
      entries = new Map();
      this.#sets.set(set, entries);
    }
    return entries;
  }
}

/**
 * Yields what turns the rows that are into the rows that should be; deletions come last.
 * PERF: keeps the rows that are in memory, not those that should be.
 */
export function* diffRows(actual: Iterable<Row>, wanted: Iterable<Row>): Generator<RowChange, undefined> {
  const bySet = new Map<string, Map<string, Row>>();
  for (const row of actual) {
    let rows = bySet.get(row.set);
    if (!rows) {
      rows = new Map();
      bySet.set(row.set, rows);
    }
    rows.set(rowId(row), row);
  }
  for (const row of wanted) {
    const rows = bySet.get(row.set);
    const previous = rows?.get(rowId(row));
    if (!previous) {
      yield { kind: "add", row };
      continue;
    }
    rows?.delete(rowId(row));
    if (!isSameRow(previous, row)) yield { kind: "replace", previous, row };
  }
  for (const rows of bySet.values()) for (const row of rows.values()) yield { kind: "delete", row };
  return undefined;
}
