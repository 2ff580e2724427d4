/** Slots: the places of a target's endpoints, which stay where they are as long as they can. */
import type { Backend } from "../../forwarding/forwarding-table.ts";
import { buildMaglevTable, maglevMembers } from "../../forwarding/maglev.ts";

/**
 * Returns the backends, each at a slot: those that had one of the slots that there still are keep it, the others fill
 * the rest in order. So an endpoint that is replaced by another costs one row.
 */
export function placeBackends(
  previous: readonly Backend[],
  backends: readonly Backend[],
): readonly Backend[] {
  if (previous.length === 0) return backends;
  const waiting = new Map(backends.map((backend) => [backend.key, backend]));
  const slots: (Backend | undefined)[] = backends.map((_, slot) => {
    const known = waiting.get(previous[slot]?.key ?? "");
    if (known) waiting.delete(known.key);
    return known;
  });
  const rest = waiting.values();
  return slots.map((backend) => {
    const placed = backend ?? rest.next().value;
    if (!placed) throw new RangeError("Cannot place backends: two have one key");
    return placed;
  });
}

/** Primes; with a hundred entries for each backend shares are right to within two in a hundred (the paper's figure 12). */
const entryCounts = [1_021, 4_093, 16_381] as const;
const entriesPerBackend = 100;

/**
 * How many entries so many backends are hashed over: those that are known, not those that are well, since another number of entries moves
 * all flows. PERF: each is a row, so few backends have few.
 */
export function hashEntries(backends: number): number {
  return entryCounts.find((count) => count >= backends * entriesPerBackend) ?? entryCounts[2];
}

/** Returns for each entry its backend, by Maglev hashing and weights. */
export function hashSlots(backends: readonly Backend[], entries: number): readonly Backend[] {
  const table = buildMaglevTable(maglevMembers(backends), entries);
  return Array.from(table, (index) => {
    const backend = backends[index];
    if (!backend) throw new RangeError(`Entry of backend ${index} where there are ${backends.length}`);
    return backend;
  });
}
