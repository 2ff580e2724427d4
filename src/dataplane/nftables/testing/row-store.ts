/** Maps and sets in memory, which refuse what the kernel refuses. */
import assert from "node:assert/strict";
import { type Row, rowId } from "../row.ts";
import type { RowChange } from "../row-delta.ts";

export class RowStore {
  readonly #sets = new Map<string, Map<string, Row>>();

  apply(changes: readonly RowChange[]): void {
    for (const change of changes) {
      const rows = this.#rowsOf(change.row.set);
      const id = rowId(change.row);
      const isThere = rows.has(id);
      assert.equal(isThere, change.kind !== "add", `${change.kind} in ${change.row.set}`);
      if (change.kind === "delete") rows.delete(id);
      else rows.set(id, change.row);
    }
  }

  find(set: string, key: string): Row | undefined {
    return this.#rowsOf(set).get(rowId({ key }));
  }

  rows(): readonly Row[] {
    return [...this.#sets.values()].flatMap((rows) => [...rows.values()]);
  }

  #rowsOf(set: string): Map<string, Row> {
    let rows = this.#sets.get(set);
    if (!rows) {
      rows = new Map();
      this.#sets.set(set, rows);
    }
    return rows;
  }
}
