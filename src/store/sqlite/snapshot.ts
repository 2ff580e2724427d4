/** Snapshots: a whole store in one file, and what becomes of it when it is put to use again. */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { ensureSchema, firstIdOf, revisionOf } from "./schema.ts";
import { sqliteFailure } from "./sqlite-failure.ts";

/** Files that travel with a snapshot, by name. */
export type SnapshotFiles = ReadonlyMap<string, string>;

/**
 * A restored store goes on so many revisions later, as `etcdutl snapshot restore --bump-revision` proposes: what clients saw
 * after the snapshot was taken is older than that, so that no number ever means two states.
 */
const revisionBump = 1_000_000_000;

/** Puts files into a snapshot, beside the store. Throws StoreError. */
export function addSnapshotFiles(snapshot: string, files: SnapshotFiles): void {
  withDatabase(snapshot, (database) => {
    database.exec("BEGIN; CREATE TABLE file (name TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID");
    const insert = database.prepare("INSERT INTO file (name, content) VALUES (?, ?)");
    for (const [name, content] of files) insert.run(name, content);
    database.exec("COMMIT");
  });
}

/**
 * Makes a store of a snapshot, in place, and returns the files that came with it. All its history is forgotten, and its
 * revision is one that nobody has seen. Throws StoreError `unreadable` if the file is damaged or no snapshot.
 */
export function reviveSnapshot(snapshot: string): SnapshotFiles {
  return withDatabase(snapshot, (database) => {
    if (!database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'file'").get()) {
      throw new StoreError("unreadable", `Cannot use ${snapshot}: it is a store, but not a backup`);
    }
    const files = database.prepare("SELECT name, content FROM file").all();
    const newest = Number(database.prepare("SELECT max(id) AS id FROM log").get()?.["id"] ?? 0);
    const compacted = Number(
      database.prepare("SELECT number FROM progress WHERE name = 'compacted'").get()?.["number"],
    );
    const revision = Math.max(compacted, revisionOf(newest)) + revisionBump;
    if (!Number.isSafeInteger(firstIdOf(revision))) throw new RangeError("Cannot restore: no revisions left");
    database.exec(
      `BEGIN; DROP TABLE file; UPDATE progress SET number = ${revision} WHERE name = 'compacted'; COMMIT`,
    );
    return new Map(files.map(({ name, content }) => [String(name), String(content)]));
  });
}

function withDatabase<T>(file: string, use: (database: DatabaseSync) => T): T {
  if (statSync(file).size === 0) throw new StoreError("unreadable", `Cannot use ${file}: it is empty`);
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
    ensureSchema(database, file);
    const check = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (check !== "ok") throw new StoreError("unreadable", `Cannot use ${file}: it is damaged: ${check}`);
    return use(database);
  } catch (error) {
    throw sqliteFailure(error, `use ${file}`);
  } finally {
    database.close();
  }
}
