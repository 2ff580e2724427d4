/**
 * How the store lies in SQLite.
 *
 * `log` is the truth: a row for every write, never changed, removed only by compaction. `current` is the fast path to the
 * newest state: the row of `log` in which each living key was last written. A row's id is its revision times 1024
 * plus its place in the commit, so that the order of ids is the order of events and a revision is a range of ids.
 */
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";

export const writesPerCommit = 1024;

/** 2: a client that asks for revision 1 must be told that it is too old, on a fresh store too. */
const firstRevision = 2;
const schemaVersion = 1;
/** "port" in ASCII. */
const applicationId = 0x706f7274;

export function firstIdOf(revision: number): number {
  return revision * writesPerCommit;
}

export function revisionOf(id: number): number {
  return Math.floor(id / writesPerCommit);
}

/** `previous` is the row in which the key was last written, 0 if it did not exist; `live` is 0 for a deletion. */
const tables = `
  CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    live INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    value TEXT
  );
  CREATE INDEX log_by_key ON log (key, id, live);
  CREATE TABLE current (key TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE progress (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Creates the tables in an empty file. Throws StoreError `unreadable` if the file is not ours. */
export function ensureSchema(database: DatabaseSync, file: string): void {
  const version = pragma(database, "user_version");
  const application = pragma(database, "application_id");
  if (version === 0 && application === 0 && isEmpty(database)) create(database);
  else if (application !== applicationId) {
    throw new StoreError("unreadable", `Cannot open ${file}: it is an SQLite file, but not a Porthole store`);
  } else if (version > schemaVersion) {
    throw new StoreError(
      "unreadable",
      `Cannot open ${file}: it was written by a newer Porthole (format ${version}, this one reads ${schemaVersion})`,
    );
  }
}

function create(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    ${tables}
    INSERT INTO progress VALUES ('compacted', ${firstRevision}), ('swept', ${firstIdOf(firstRevision)});
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${schemaVersion};
    COMMIT;
  `);
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
