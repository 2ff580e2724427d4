/** Ruleset: what the kernel holds of ours, or must hold, as a value. */

/** The tables that have chains of ours. */
export const tableNames = ["nat", "filter"] as const;
export type TableName = (typeof tableNames)[number];

/** A chain's rules, in order, without `-A CHAIN`. */
export type Rules = readonly string[];

export interface TableRules {
  /** Our own chains. */
  readonly chains: ReadonlyMap<string, Rules>;
  /** Rules that lead to them from the kernel's own chains (`PREROUTING`), in the order they stand in. */
  readonly jumps: ReadonlyMap<string, Rules>;
}

export type Ruleset = Readonly<Record<TableName, TableRules>>;

/** Says whether two chains do the same. PERF: rules that nobody changed are the same array. */
export function isSameRules(a: Rules | undefined, b: Rules | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && a.length === b?.length && a.every((rule, index) => rule === b[index]);
}

export function emptyTable(): TableRules {
  return { chains: new Map(), jumps: new Map() };
}
