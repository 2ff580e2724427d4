/** Every SQL statement of the store, prepared once. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

export interface NumberRow {
  readonly number: number | null;
}

export interface EntryRow {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

export interface HistoryRow {
  readonly id: number;
  readonly key: string;
  readonly live: 0 | 1;
  readonly value: string | null;
  readonly previousId: number | null;
  readonly previousValue: string | null;
}

export interface SweepRow {
  readonly id: number;
  readonly live: 0 | 1;
  readonly previous: number;
}

/** A range of keys is two parameters, see `keyRange`. */
const texts = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",

  newestId: "SELECT max(id) AS number FROM log",
  progress: "SELECT number FROM progress WHERE name = ?",
  setProgress: "UPDATE progress SET number = ? WHERE name = ?",

  get: "SELECT log.id, log.key, log.value FROM current JOIN log ON log.id = current.id WHERE current.key = ?",
  append: "INSERT INTO log (id, key, live, previous, value) VALUES (?, ?, ?, ?, ?)",
  point: "INSERT INTO current (key, id) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET id = excluded.id",
  unpoint: "DELETE FROM current WHERE key = ?",

  list: `SELECT log.id, log.key, log.value FROM current JOIN log ON log.id = current.id
    WHERE current.key >= ? AND current.key < ? ORDER BY current.key LIMIT ?`,
  count: "SELECT count(*) AS number FROM current WHERE key >= ? AND key < ?",
  /** SQLite takes the other columns from the row that has the maximum. */
  listAt: `SELECT log.id, log.key, log.value
    FROM (SELECT max(id) AS id, key, live FROM log WHERE key >= ? AND key < ? AND id < ? GROUP BY key) AS newest
    JOIN log ON log.id = newest.id WHERE newest.live = 1 ORDER BY newest.key LIMIT ?`,
  countAt: `SELECT count(*) AS number
    FROM (SELECT max(id), live FROM log WHERE key >= ? AND key < ? AND id < ? GROUP BY key) WHERE live = 1`,

  windowEnd: "SELECT max(id) AS number FROM (SELECT id FROM log WHERE id >= ? ORDER BY id LIMIT ?)",
  /** The unary plus keeps SQLite from walking by key and sorting. */
  history: `SELECT log.id, log.key, log.live, log.value, before.id AS previousId, before.value AS previousValue
    FROM log LEFT JOIN log AS before ON before.id = log.previous
    WHERE +log.key >= ? AND +log.key < ? AND log.id >= ? AND log.id < ? ORDER BY log.id`,

  sweepRows: "SELECT id, live, previous FROM log WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
  remove: "DELETE FROM log WHERE id = ?",
} as const;

export type StatementName = keyof typeof texts;

export interface Statements {
  run(name: StatementName, ...parameters: readonly SQLInputValue[]): void;
  /** NOTE: the row's type is the caller's claim about the statement above, here and below. */
  get<Row>(name: StatementName, ...parameters: readonly SQLInputValue[]): Row | undefined;
  all<Row>(name: StatementName, ...parameters: readonly SQLInputValue[]): readonly Row[];
  iterate<Row>(name: StatementName, ...parameters: readonly SQLInputValue[]): Iterable<Row>;
}

export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = new Map<StatementName, StatementSync>();
  function statement(name: StatementName): StatementSync {
    const known = prepared.get(name);
    if (known) return known;
    const fresh = database.prepare(texts[name]);
    prepared.set(name, fresh);
    return fresh;
  }
  return {
    run(name, ...parameters) {
      statement(name).run(...parameters);
    },
    get: <Row>(name: StatementName, ...parameters: readonly SQLInputValue[]) =>
      statement(name).get(...parameters) as Row | undefined,
    all: <Row>(name: StatementName, ...parameters: readonly SQLInputValue[]) =>
      statement(name).all(...parameters) as Row[],
    iterate: <Row>(name: StatementName, ...parameters: readonly SQLInputValue[]) =>
      statement(name).iterate(...parameters) as Iterable<Row>,
  };
}
