/** Reading the newest state and older ones. */
import { compareKeys, keyAfter, prefixEnd } from "../key-range.ts";
import type { Entry, ListOptions, ListResult } from "../store.ts";
import { firstIdOf, revisionOf } from "./schema.ts";
import type { EntryRow, NumberRow, Statements } from "./statements.ts";

/** The two parameters of a range of keys: every text sorts before every blob in SQLite, so a blob is "no end". */
export type KeyRange = readonly [from: string, end: string | Uint8Array];

export function keyRange(prefix: string, after?: string): KeyRange {
  const from = after !== undefined && compareKeys(after, prefix) >= 0 ? keyAfter(after) : prefix;
  return [from, prefixEnd(prefix) ?? new Uint8Array()];
}

export function readEntry(statements: Statements, key: string): Entry | undefined {
  const row = statements.get<EntryRow>("get", key);
  return row && entryOf(row);
}

/** `newest` is the newest revision; `revision` in the options is not above it, and not compacted. */
export function readList(
  statements: Statements,
  prefix: string,
  { limit, after, revision }: ListOptions,
  newest: number,
): ListResult {
  const range = keyRange(prefix, after);
  const before = revision === undefined || revision === newest ? undefined : firstIdOf(revision + 1);
  const rows =
    before === undefined
      ? statements.all<EntryRow>("list", ...range, limit ?? -1)
      : statements.all<EntryRow>("listAt", ...range, before, limit ?? -1);
  const last = rows.at(-1);
  const whole = limit === undefined || rows.length < limit;
  const remaining = whole ? 0 : count(statements, keyRange(prefix, last?.key ?? after), before);
  return { entries: rows.map(entryOf), revision: revision ?? newest, remaining };
}

function count(statements: Statements, range: KeyRange, before: number | undefined): number {
  const row =
    before === undefined
      ? statements.get<NumberRow>("count", ...range)
      : statements.get<NumberRow>("countAt", ...range, before);
  return row?.number ?? 0;
}

function entryOf({ id, key, value }: EntryRow): Entry {
  return { key, value, revision: revisionOf(id) };
}
