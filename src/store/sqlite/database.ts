/** Opening the SQLite file so that it is ours alone, and so that what is committed survives a crash. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { ensureSchema } from "./schema.ts";
import { sqliteFailure } from "./sqlite-failure.ts";

export interface DatabaseOptions {
  /** The file never grows beyond this; writes fail with StoreError `full` instead. Unlimited if absent. */
  readonly maxBytes?: number;
}

export interface OpenDatabase {
  readonly database: DatabaseSync;
  close(): void;
}

const pageBytes = 4096;

/**
 * Exclusive locking keeps other processes out by a lock that the operating system drops when the process ends, however
 * it ends, and saves the shared-memory file beside. `synchronous=FULL` flushes the write-ahead log at each commit.
 */
const pragmas = `
  PRAGMA page_size = ${pageBytes};
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -8192;
  PRAGMA journal_size_limit = 16777216;
  PRAGMA temp_store = MEMORY;
  BEGIN EXCLUSIVE; COMMIT;
`;

/** Throws StoreError `in-use`, `unreadable`, `full` or `io`. */
export function openDatabase(file: string, { maxBytes }: DatabaseOptions): OpenDatabase {
  const inMemory = file === ":memory:";
  if (!inMemory) createPrivately(file);
  const database = new DatabaseSync(file);
  try {
    database.exec(pragmas);
    ensureSchema(database, file);
    if (maxBytes !== undefined) {
      database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
    }
  } catch (error) {
    database.close();
    throw openFailure(error, file);
  }
  if (!inMemory) writeFileSync(holderFile(file), `${process.pid}\n`, { mode: 0o600 });
  return {
    database,
    close() {
      database.close();
      if (!inMemory) rmSync(holderFile(file), { force: true });
    },
  };
}

/** The store holds Secrets: only its owner may read it. SQLite gives the write-ahead log the same permissions. */
function createPrivately(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
  } catch (error) {
    throw new StoreError("io", `Cannot create ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function openFailure(error: unknown, file: string): unknown {
  const failure = sqliteFailure(error, `open ${file}`);
  if (!(failure instanceof StoreError) || failure.code !== "in-use") return failure;
  return new StoreError(
    "in-use",
    `Cannot open ${file}: in use by ${holder(file)}. Stop that process, or choose another data directory`,
    { cause: error },
  );
}

/** Says who has the file open; only the lock of SQLite itself decides whether somebody has. */
function holderFile(file: string): string {
  return `${file}.pid`;
}

function holder(file: string): string {
  try {
    return `pid ${Number.parseInt(readFileSync(holderFile(file), "utf8"), 10)}`;
  } catch {
    return "another process";
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
