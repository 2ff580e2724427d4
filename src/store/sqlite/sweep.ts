/** Sweeping: after a compaction, the rows of the log that no state from then on needs are removed, a few at a time. */
import { firstIdOf } from "./schema.ts";
import type { NumberRow, Statements, SweepRow } from "./statements.ts";
import { inTransaction } from "./transaction.ts";

const rowsPerStep = 500;

export function readProgress(statements: Statements, name: "compacted" | "swept"): number {
  return statements.get<NumberRow>("progress", name)?.number ?? 0;
}

/**
 * One step, in a transaction of its own: a row up to the compacted revision makes the row that it replaced useless, and
 * a deletion is useless itself. Returns false when there is nothing left to do. Can be interrupted between steps.
 */
export function sweepStep(statements: Statements): boolean {
  const swept = readProgress(statements, "swept");
  const end = firstIdOf(readProgress(statements, "compacted") + 1);
  const rows = statements.all<SweepRow>("sweepRows", swept, end, rowsPerStep);
  const last = rows.at(-1);
  if (!last) return false;
  inTransaction(statements, () => {
    for (const { id, live, previous } of rows) {
      if (previous !== 0) statements.run("remove", previous);
      if (live === 0) statements.run("remove", id);
    }
    statements.run("setProgress", last.id, "swept");
  });
  return rows.length === rowsPerStep;
}
