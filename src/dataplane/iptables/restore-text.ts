/** What iptables-restore must be told to get from one ruleset to another, and no more than that. Pure. */
import { isSameRules, type Rules, type Ruleset, type TableName, type TableRules } from "./ruleset.ts";

/** Names of the chains that may differ, by table; all where it is absent. */
export type Suspects = Readonly<Record<TableName, ReadonlySet<string>>>;

/**
 * Returns the input for `iptables-restore --noflush`; undefined if there is nothing to do. Each table changes at once, one after the other.
 * A refusal in filter meets only what nat leads nowhere, so new refusals come before nat and old ones go after it: at no moment is
 * a packet let through to an address that nobody has.
 */
export function restoreText(held: Ruleset, wanted: Ruleset, suspects?: Suspects): string | undefined {
  const nat = tableText("nat", held.nat, wanted.nat, suspects?.nat);
  if (nat === "") return tableText("filter", held.filter, wanted.filter, suspects?.filter) || undefined;
  const names = suspects?.filter ?? allNames(held.filter, wanted.filter);
  const both = unionOf(held.filter, wanted.filter, names);
  const text = [
    tableText("filter", held.filter, both, names),
    nat,
    tableText("filter", both, wanted.filter, names),
  ];
  return text.join("");
}

function tableText(
  table: TableName,
  held: TableRules,
  wanted: TableRules,
  suspects: ReadonlySet<string> = allNames(held, wanted),
): string {
  const named: string[] = [];
  const rules: string[] = [];
  const gone: string[] = [];
  // PERF: iptables-nft keeps chains sorted; thousands of new ones take it about a third less time in descending order.
  for (const name of [...suspects].sort().reverse()) {
    const next = wanted.chains.get(name);
    if (isSameRules(held.chains.get(name), next)) continue;
    // Naming a chain makes it, or empties it.
    named.push(`:${name} - [0:0]\n`);
    if (!next) gone.push(`-X ${name}\n`);
    for (const rule of next ?? []) rules.push(`-A ${name} ${rule}\n`);
  }
  const lines = [...named, ...rules, ...jumpLines(held, wanted), ...gone];
  return lines.length === 0 ? "" : `*${table}\n${lines.join("")}COMMIT\n`;
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
