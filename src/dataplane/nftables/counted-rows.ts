/** CountedRows: rows that several owners want, there as long as one of them does. */
import { type Row, rowId } from "./row.ts";
import type { RowDelta } from "./row-delta.ts";

export class CountedRows {
  readonly #counts = new Map<string, { readonly row: Row; count: number }>();

  add(row: Row, delta: RowDelta): void {
    const known = this.#counts.get(rowId(row));
    if (known) known.count += 1;
    else {
      this.#counts.set(rowId(row), { row, count: 1 });
      delta.put(row);
    }
  }

  remove(row: Row, delta: RowDelta): void {
    const known = this.#counts.get(rowId(row));
    if (!known) return;
    known.count -= 1;
    if (known.count > 0) return;
    this.#counts.delete(rowId(row));
    delta.take(known.row);
  }

  rows(): readonly Row[] {
    return [...this.#counts.values()].map(({ row }) => row);
  }
}
