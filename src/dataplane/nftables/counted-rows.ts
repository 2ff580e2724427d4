/** CountedRows: rows that several owners want, there as long as one of them does. */
import { type Row, rowId } from "./row.ts";
import type { RowSink } from "./row-delta.ts";

export class CountedRows {
  readonly #counts = new Map<string, { readonly row: Row; count: number }>();

  add(row: Row, sink: RowSink): void {
    const known = this.#counts.get(rowId(row));
    if (known) known.count += 1;
    else {
      this.#counts.set(rowId(row), { row, count: 1 });
      sink.put([row]);
    }
  }

  remove(row: Row, sink: RowSink): void {
    const known = this.#counts.get(rowId(row));
    if (!known) return;
    known.count -= 1;
    if (known.count > 0) return;
    this.#counts.delete(rowId(row));
    sink.take([known.row]);
  }

  *rows(): Generator<Row, undefined> {
    for (const { row } of this.#counts.values()) yield row;
    return undefined;
  }
}
