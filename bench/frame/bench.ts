/** Bench: what a file `bench/NAME.bench.ts` exports as `bench`. */
export interface Bench {
  /** Stands between the markers in docs/benchmarks.md, and on the command line. */
  readonly name: string;
  readonly title: string;
  /** Returns what must be installed first, with the command; undefined if everything is there. */
  missing?(): string | undefined;
  run(say: (line: string) => void): Promise<BenchResult>;
}

export interface BenchResult {
  readonly tables: readonly BenchTable[];
  /** Sentences below the tables: how it was measured, what the numbers do not say. */
  readonly notes: readonly string[];
}

export interface BenchTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
