/** CountedRows: rows that several owners want, there as long as one of them does. */
import type { Row } from "./row.ts";
import type { RowSink } from "./row-delta.ts";

/** PERF: tens of thousands are kept at a name and a number each, and made into rows when somebody walks over them. */
export class CountedRows {
  readonly #rowOf: (name: string) => Row;
  readonly #counts = new Map<string, number>();

  /** `rowOf` makes the row that a name stands for; no two names have one. */
  constructor(rowOf: (name: string) => Row) {
    this.#rowOf = rowOf;
  }

  add(name: string, sink: RowSink): void {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    if (count === 0) sink.put(this.#only(name));
  }

  remove(name: string, sink: RowSink): void {
    const count = this.#counts.get(name);
    if (count === undefined) return;
    if (count > 1) {
      this.#counts.set(name, count - 1);
      return;
    }
    this.#counts.delete(name);
    sink.take(this.#only(name));
  }

  *rows(): Generator<Row, undefined> {
    for (const name of this.#counts.keys()) yield this.#rowOf(name);
    return undefined;
  }

  *#only(name: string): Generator<Row, undefined> {
    yield this.#rowOf(name);
    return undefined;
  }
}
