/** SQLite's result codes (sqlite3.h) as StoreErrors. */
import { StoreError } from "../errors.ts";

const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** The error to throw for one that `node:sqlite` threw; errors of any other kind come back as they are. */
export function sqliteFailure(error: unknown, action: string): unknown {
  const code = resultCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const because = { cause: error };
  switch (code) {
    case SQLITE_FULL:
      return new StoreError(
        "full",
        `Cannot ${action}: no space left for the store. Nothing was changed; make room and try again`,
        because,
      );
    case SQLITE_BUSY:
      return new StoreError("in-use", `Cannot ${action}: in use by another process`, because);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new StoreError("unreadable", `Cannot ${action}: the file is damaged or not a store`, because);
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return new StoreError("io", `Cannot ${action}: ${error.message}`, because);
    default:
      return error;
  }
}

/** The low byte is the primary code, the rest says more about an I/O error. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
