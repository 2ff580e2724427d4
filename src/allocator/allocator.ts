/** Allocator: values of one range that are handed out to owners in two phases: taken at once, given back or kept later. */
import type { BandedRange } from "./band.ts";
import { createNumberPool, type Random } from "./number-pool.ts";

export type Refusal = "allocated" | "not-in-range" | "full";

export type Allocation<T> =
  | { readonly allocated: true; readonly value: T }
  | { readonly allocated: false; readonly refusal: Refusal };

/** What one write takes and gives back. Ends with `commit` or `revert`; further calls of either do nothing. */
export interface AllocationOperation<T> {
  /** Refused if anybody holds the value already, this operation included. */
  allocate(value: T): Allocation<T>;
  allocateNext(): Allocation<T>;
  /** The owner gives the value back if the operation is committed. */
  releaseOnCommit(value: T): void;
  commit(): void;
  revert(): void;
}

export interface Allocator<T> {
  /** `30000-32767` or `10.96.0.0/16` */
  readonly range: string;
  contains(value: T): boolean;
  /** Who holds the value: nobody, one owner, or several if stored objects contradict each other. */
  holders(value: T): readonly string[];
  heldBy(owner: string): readonly T[];
  /** Every value that is held. */
  held(): readonly T[];
  begin(owner: string): AllocationOperation<T>;
  /** Holds a value for an owner that is known to have it, beside others; out of range it does nothing. */
  claim(value: T, owner: string): void;
  /** Gives the value back for this owner; does nothing if it does not hold it. */
  release(value: T, owner: string): void;
}

/** How values are numbered. */
export interface Numbering<T> {
  toNumber(value: T): bigint;
  fromNumber(number: bigint): T;
}

export function createAllocator<T>(
  range: BandedRange,
  { toNumber, fromNumber }: Numbering<T>,
  random: Random,
): Allocator<T> {
  const pool = createNumberPool(range, random);

  function begin(owner: string): AllocationOperation<T> {
    let taken: bigint[] = [];
    let given: bigint[] = [];
    function take(number: bigint): Allocation<T> {
      pool.hold(number, owner);
      taken.push(number);
      return { allocated: true, value: fromNumber(number) };
    }
    function end(released: readonly bigint[]): void {
      taken = [];
      given = [];
      for (const number of released) pool.release(number, owner);
    }
    return {
      allocate(value) {
        const number = toNumber(value);
        if (!pool.contains(number)) return { allocated: false, refusal: "not-in-range" };
        return pool.holders(number).length > 0 ? { allocated: false, refusal: "allocated" } : take(number);
      },
      allocateNext() {
        const number = pool.findFree();
        return number === undefined ? { allocated: false, refusal: "full" } : take(number);
      },
      releaseOnCommit(value) {
        given.push(toNumber(value));
      },
      commit: () => end(given),
      revert: () => end(taken),
    };
  }

  return {
    range: range.text,
    contains: (value) => pool.contains(toNumber(value)),
    holders: (value) => pool.holders(toNumber(value)),
    heldBy: (owner) => pool.numbersOf(owner).map(fromNumber),
    held: () => pool.held().map(fromNumber),
    begin,
    claim(value, owner) {
      const number = toNumber(value);
      if (pool.contains(number)) pool.hold(number, owner);
    },
    release: (value, owner) => pool.release(toNumber(value), owner),
  };
}
