/** One transaction: all that `run` writes is on disk when this returns, or none of it when it throws. */
import type { Statements } from "./statements.ts";

export function inTransaction<T>(statements: Statements, run: () => T): T {
  statements.run("begin");
  try {
    const result = run();
    statements.run("commit");
    return result;
  } catch (error) {
    rollBack(statements);
    throw error;
  }
}

/** After most failures SQLite has rolled back by itself, and then says that there is no transaction. */
function rollBack(statements: Statements): void {
  try {
    statements.run("rollback");
  } catch {
    return;
  }
}
