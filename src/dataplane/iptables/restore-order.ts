/** In which order chains are made and removed, and how many in one transaction. Pure. */
import { PREFIX } from "./names.ts";
import type { Rules } from "./ruleset.ts";

/** Chains of ours that rules lead to: the last word of such a rule. */
export function targetsOf(rules: Rules): readonly string[] {
  return rules.map((rule) => rule.slice(rule.lastIndexOf(" ") + 1)).filter((word) => word.startsWith(PREFIX));
}

/**
 * Sorts chains so that each comes after those that its rules lead to; among equals by name, the last one first.
 *
 * PERF: iptables-nft keeps the names that it has met in a sorted list (nft-cache.c of iptables 1.8) and walks it for each line, up to
 * the name that the line is about. What is smaller than all before it is found at once.
 */
export function calleesFirst(names: Iterable<string>, chains: ReadonlyMap<string, Rules>): readonly string[] {
  const sorted = [...names].sort().reverse();
  const among = new Set(sorted);
  const heights = new Map<string, number>();
  const heightOf = (name: string): number => {
    const known = heights.get(name);
    if (known !== undefined) return known;
    heights.set(name, 0);
    const below = targetsOf(chains.get(name) ?? []).filter((callee) => among.has(callee));
    const height = below.reduce((most, callee) => Math.max(most, heightOf(callee) + 1), 0);
    heights.set(name, height);
    return height;
  };
  return sorted
    .map((name) => ({ name, height: heightOf(name) }))
    .sort((a, b) => a.height - b.height)
    .map(({ name }) => name);
}

/** Cuts chains, in their order, into parts that name so many chains at most, or have one chain alone. */
export function batchesOf(
  names: readonly string[],
  chains: ReadonlyMap<string, Rules>,
  namesAtOnce: number,
): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let room = 0;
  for (const name of names) {
    const cost = 1 + targetsOf(chains.get(name) ?? []).length;
    const last = batches.at(-1);
    if (last && cost <= room) last.push(name);
    else {
      batches.push([name]);
      room = namesAtOnce;
    }
    room -= cost;
  }
  return batches;
}
