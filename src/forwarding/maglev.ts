/**
 * Maglev hashing: which backend a flow goes to, so that whoever knows the same backends chooses the same, and a backend that leaves moves
 * hardly any flow but its own. Pure. Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4.
 */
import type { Backend } from "./forwarding-table.ts";

/** The larger of the paper's two sizes; a prime, so that every step leads through all entries. */
export const maglevSize = 65_537;

/** For each entry the index of a backend in the list that it was built from. */
export type MaglevTable = Uint16Array;

/**
 * Builds the table of `size` entries, a prime. The order of `backends` does not matter for which one an entry leads to. Shares of entries follow the weights, but for
 * rounding. Throws RangeError for no backend, or more than there are entries.
 */
export function buildMaglevTable(backends: readonly MaglevMember[], size = maglevSize): MaglevTable {
  if (backends.length === 0 || backends.length >= size)
    throw new RangeError(`Cannot hash over ${backends.length} backends`);
  const inOrder = backends
    .map(({ name, weight }, index) => ({ name, weight, index }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const heaviest = Math.max(...inOrder.map(({ weight }) => weight));
  const walkers = inOrder.map(({ name, weight, index }) => ({
    index,
    weight,
    /** Turns that it must wait for, in weights. */
    owed: 0,
    next: hashText(name, offsetSeed) % size,
    step: (hashText(name, stepSeed) % (size - 1)) + 1,
  }));
  const table = new Uint16Array(size);
  const taken = new Uint8Array(size);
  let left = size;
  for (let turn = 1; ; turn++) {
    for (const walker of walkers) {
      if (turn * walker.weight <= walker.owed) continue;
      walker.owed += heaviest;
      while (taken[walker.next] === 1) walker.next = (walker.next + walker.step) % size;
      taken[walker.next] = 1;
      table[walker.next] = walker.index;
      left -= 1;
      if (left === 0) return table;
    }
  }
}

export interface MaglevMember {
  readonly name: string;
  /** At least 1. */
  readonly weight: number;
}

/**
 * What backends are called for hashing: their addresses where those differ, so that all Services of the same nodes share a table; else their
 * keys.
 */
export function maglevMembers(backends: readonly Backend[]): readonly MaglevMember[] {
  const differ = new Set(backends.map(({ address }) => address)).size === backends.length;
  return backends.map(({ key, address, weight = 1 }) => ({ name: differ ? address : key, weight }));
}

/** The entry of a flow: `from` and `to` name its ends, address and port, in any spelling that is always the same. */
export function entryOfFlow(from: string, to: string): number {
  return hashText(`${from}>${to}`, flowSeed) % maglevSize;
}

/** Any three different numbers; balancers agree as long as they have the same ones. */
const offsetSeed = 0x811c9dc5;
const stepSeed = 0x2545f491;
const flowSeed = 0x9e3779b9;

/** FNV-1a (Fowler, Noll, Vo), its bits then mixed as MurmurHash3 mixes its last ones; 32 bits. */
function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
