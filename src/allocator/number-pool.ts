/** NumberPool: which numbers of a range are held, and by whom. Costs memory only for numbers that are held. */
import { type Band, type BandedRange, bandSize, isWithin } from "./band.ts";

/** A number from 0 up to 1; Math.random is one. */
export type Random = () => number;

export interface NumberPool {
  contains(number: bigint): boolean;
  /** Who holds the number: one owner, or several if objects were stored that contradict each other. */
  holders(number: bigint): readonly string[];
  numbersOf(owner: string): readonly bigint[];
  /** Every number that is held. */
  held(): readonly bigint[];
  /** Holds the number beside whoever holds it already. */
  hold(number: bigint, owner: string): void;
  /** Does nothing unless this owner holds the number; frees it once nobody does. */
  release(number: bigint, owner: string): void;
  /** A number that nobody holds: from the upper band, from the lower one when that is full; undefined when both are. */
  findFree(): bigint | undefined;
}

export function createNumberPool(range: BandedRange, random: Random): NumberPool {
  const byNumber = new Map<bigint, readonly string[]>();
  const byOwner = new Map<string, Set<bigint>>();
  const bands = range.lower ? [range.upper, range.lower] : [range.upper];
  const heldIn = bands.map(() => 0n);

  function count(number: bigint, change: bigint): void {
    const index = bands.findIndex((band) => isWithin(band, number));
    heldIn[index] = (heldIn[index] ?? 0n) + change;
  }

  function findFreeIn(band: Band): bigint {
    const size = bandSize(band);
    let offset = pick(size, random);
    while (byNumber.has(band.first + offset)) offset = offset + 1n === size ? 0n : offset + 1n;
    return band.first + offset;
  }

  return {
    contains: (number) => bands.some((band) => isWithin(band, number)),
    holders: (number) => byNumber.get(number) ?? [],
    numbersOf: (owner) => [...(byOwner.get(owner) ?? [])],
    held: () => [...byNumber.keys()],
    hold(number, owner) {
      const holders = byNumber.get(number) ?? [];
      if (holders.includes(owner)) return;
      if (holders.length === 0) count(number, 1n);
      byNumber.set(number, [...holders, owner]);
      const numbers = byOwner.get(owner) ?? new Set();
      byOwner.set(owner, numbers.add(number));
    },
    release(number, owner) {
      const holders = byNumber.get(number) ?? [];
      if (!holders.includes(owner)) return;
      const others = holders.filter((holder) => holder !== owner);
      if (others.length > 0) byNumber.set(number, others);
      else {
        byNumber.delete(number);
        count(number, -1n);
      }
      const numbers = byOwner.get(owner);
      numbers?.delete(number);
      if (numbers?.size === 0) byOwner.delete(owner);
    },
    findFree() {
      const index = bands.findIndex((band, i) => (heldIn[i] ?? 0n) < bandSize(band));
      const band = bands[index];
      return band && findFreeIn(band);
    },
  };
}

/** From 0 up to, not including, `size`. Of more than 2^53 numbers only some can be picked, which is spread enough. */
function pick(size: bigint, random: Random): bigint {
  return (BigInt(Math.floor(random() * 2 ** 53)) * size) >> 53n;
}
