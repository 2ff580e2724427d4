/** What iptables-restore must be told to get from one ruleset to another, and no more than that. Pure. */
import { batchesOf, calleesFirst } from "./restore-order.ts";
import { isSameRules, type Rules, type Ruleset, type TableName, type TableRules } from "./ruleset.ts";

/** Names of the chains that may differ, by table; all where it is absent. */
export type Suspects = Readonly<Record<TableName, ReadonlySet<string>>>;

export interface RestoreOptions {
  readonly suspects?: Suspects;
  /** Any number if absent. */
  readonly namesAtOnce?: number;
}

/**
 * Returns the input for `iptables-restore --noflush`; undefined if there is nothing to do. What packets can reach changes at once in each
 * table, one table after the other. A refusal in filter meets only what nat leads nowhere, so new refusals come before nat and old ones
 * go after it: at no moment is a packet let through to an address that nobody has.
 *
 * Chains that no packet reaches yet, or any more, have transactions of their own if they are more than `namesAtOnce`.
 */
export function restoreText(
  held: Ruleset,
  wanted: Ruleset,
  { suspects, namesAtOnce = Number.POSITIVE_INFINITY }: RestoreOptions = {},
): string | undefined {
  const text = (table: TableName, from: TableRules, to: TableRules, names = allNames(from, to)) =>
    tableText(table, from, to, names, namesAtOnce);
  const nat = text("nat", held.nat, wanted.nat, suspects?.nat);
  if (nat === "") return text("filter", held.filter, wanted.filter, suspects?.filter) || undefined;
  const names = suspects?.filter ?? allNames(held.filter, wanted.filter);
  const both = unionOf(held.filter, wanted.filter, names);
  return text("filter", held.filter, both, names) + nat + text("filter", both, wanted.filter, names);
}

function tableText(
  table: TableName,
  held: TableRules,
  wanted: TableRules,
  suspects: ReadonlySet<string>,
  namesAtOnce: number,
): string {
  const differing = [...suspects].filter(
    (name) => !isSameRules(held.chains.get(name), wanted.chains.get(name)),
  );
  const made = calleesFirst(
    differing.filter((name) => wanted.chains.has(name)),
    wanted.chains,
  );
  const gone = calleesFirst(
    differing.filter((name) => !wanted.chains.has(name)),
    held.chains,
  ).toReversed();
  const isHeld = (name: string) => held.chains.has(name);
  const make = (names: readonly string[]) => names.flatMap((name) => makeLines(name, wanted));
  const remove = (names: readonly string[]) => names.flatMap(removeLines);
  const come = batchesOf(
    made.filter((name) => !isHeld(name)),
    wanted.chains,
    namesAtOnce,
  ).map(make);
  const [firstGone = [], ...laterGone] = batchesOf(gone, held.chains, namesAtOnce).map(remove);
  const lastCome = come.at(-1) ?? [];
  const changed = make(made.filter(isHeld));
  return [
    ...come.slice(0, -1),
    [...lastCome, ...changed, ...jumpLines(held, wanted), ...firstGone],
    ...laterGone,
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => `*${table}\n${lines.join("")}COMMIT\n`)
    .join("");
}

/** How many rules an input writes into each table. */
export function writtenRules(text: string | undefined): Readonly<Record<TableName, number>> {
  const written = { nat: 0, filter: 0 };
  for (const [, table = "", lines = ""] of (text ?? "").matchAll(/^\*(nat|filter)\n([^*]*?)^COMMIT$/gm))
    written[table as TableName] += [...lines.matchAll(/^-[AI] /gm)].length;
  return written;
}

/** Naming a chain makes it, or empties it. */
function makeLines(name: string, { chains }: TableRules): readonly string[] {
  return [`:${name} - [0:0]\n`, ...(chains.get(name) ?? []).map((rule) => `-A ${name} ${rule}\n`)];
}

function removeLines(name: string): readonly string[] {
  return [`:${name} - [0:0]\n`, `-X ${name}\n`];
}

/** In chains of the kernel's ours come first, and others' rules stay as they are. */
function jumpLines(held: TableRules, wanted: TableRules): readonly string[] {
  const lines: string[] = [];
  for (const chain of new Set([...wanted.jumps.keys(), ...held.jumps.keys()])) {
    const before = held.jumps.get(chain) ?? [];
    const after = wanted.jumps.get(chain) ?? [];
    if (isSameRules(before, after)) continue;
    const kept = before.filter((rule, index) => after.includes(rule) && before.indexOf(rule) === index);
    const missing = after.filter((rule) => !kept.includes(rule));
    lines.push(...missing.toReversed().map((rule) => `-I ${chain} 1 ${rule}\n`));
    lines.push(...surplus(before, after).map((rule) => `-D ${chain} ${rule}\n`));
  }
  return lines;
}

function surplus(before: Rules, after: Rules): Rules {
  return before.filter((rule, index) => !after.includes(rule) || before.indexOf(rule) !== index);
}

function allNames(held: TableRules, wanted: TableRules): ReadonlySet<string> {
  return new Set([...held.chains.keys(), ...wanted.chains.keys()]);
}

/** What both have, of the chains in question; what is wanted comes first. */
function unionOf(held: TableRules, wanted: TableRules, names: ReadonlySet<string>): TableRules {
  const merge = (mine: Rules = [], theirs: Rules = []): Rules => {
    const more = mine.filter((rule) => !theirs.includes(rule));
    // Where nothing comes, nothing need be done before the other table.
    return more.length === 0 ? theirs : [...mine, ...theirs.filter((rule) => !mine.includes(rule))];
  };
  const all = (a: ReadonlyMap<string, Rules>, b: ReadonlyMap<string, Rules>, keys: Iterable<string>) =>
    new Map(
      [...keys].filter((key) => a.has(key) || b.has(key)).map((key) => [key, merge(a.get(key), b.get(key))]),
    );
  return {
    chains: all(wanted.chains, held.chains, names),
    jumps: all(wanted.jumps, held.jumps, new Set([...wanted.jumps.keys(), ...held.jumps.keys()])),
  };
}
