/** Reads what iptables-save prints. Pure. */
import { PREFIX } from "./names.ts";
import { emptyTable, type Ruleset, type TableName, tableNames } from "./ruleset.ts";

interface Reading {
  readonly chains: Map<string, string[]>;
  readonly jumps: Map<string, string[]>;
}

/** Returns our own chains, and the rules of others' chains that lead to them. All else is passed over. */
export function parseSavedRules(saved: string): Ruleset {
  const tables = new Map<string, Reading>();
  let table: Reading | undefined;
  for (const line of lines(saved)) {
    if (line.startsWith("*")) {
      table = { chains: new Map(), jumps: new Map() };
      tables.set(line.slice(1), table);
    } else if (line.startsWith(`:${PREFIX}`)) {
      table?.chains.set(line.slice(1, line.indexOf(" ")), []);
    } else if (line.startsWith("-A ")) readRule(line, table);
  }
  const of = (name: TableName) => tables.get(name) ?? emptyTable();
  return { nat: of(tableNames[0]), filter: of(tableNames[1]) };
}

/** Whether there is anything of ours. */
export function isEmptyRuleset(ruleset: Ruleset): boolean {
  return tableNames.every((name) => ruleset[name].chains.size + ruleset[name].jumps.size === 0);
}

function readRule(line: string, table: Reading | undefined): void {
  const end = line.indexOf(" ", 3);
  if (end < 0) return;
  const chain = line.slice(3, end);
  const rule = line.slice(end + 1);
  if (chain.startsWith(PREFIX)) table?.chains.get(chain)?.push(rule);
  else if (new RegExp(`(?:^| )-[jg] ${PREFIX}`).test(rule)) {
    const there = table?.jumps.get(chain);
    if (there) there.push(rule);
    else table?.jumps.set(chain, [rule]);
  }
}

/** PERF: one line at a time; a large node's rules are tens of megabytes. */
function* lines(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const stop = end < 0 ? text.length : end;
    yield text.slice(start, stop);
    start = stop + 1;
  }
}
