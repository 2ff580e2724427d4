/** Bands: the static band of a range is left to numbers that users choose, dynamic ones are taken above it first. */

/** Whole numbers from `first` to `last`, both included. */
export interface Band {
  readonly first: bigint;
  readonly last: bigint;
}

export interface BandedRange {
  /** As errors and events name it: `30000-32767`, `10.96.0.0/16`. */
  readonly text: string;
  /** Absent where the range is too small to be divided. */
  readonly lower?: Band;
  readonly upper: Band;
}

export interface BandRule {
  readonly min: bigint;
  readonly max: bigint;
  readonly divisor: bigint;
}

/** KEP-3668, kubernetes/pkg/registry/core/service/portallocator: the 2768 ports of the default range have 86 static ones. */
export const nodePortBandRule: BandRule = { min: 16n, max: 128n, divisor: 32n };
/** KEP-3070, kubernetes/pkg/registry/core/service/ipallocator. */
export const clusterIpBandRule: BandRule = { min: 16n, max: 256n, divisor: 16n };

export function bandSize({ first, last }: Band): bigint {
  return last < first ? 0n : last - first + 1n;
}

export function isWithin({ first, last }: Band, number: bigint): boolean {
  return number >= first && number <= last;
}

/** `size` is what the rule is applied to: for addresses it counts those that cannot be had, too. */
export function divideRange(text: string, whole: Band, size: bigint, rule: BandRule): BandedRange {
  const { min, max, divisor } = rule;
  if (size <= min) return { text, upper: whole };
  const border = whole.first + clamp(size / divisor, min, max);
  return {
    text,
    lower: { first: whole.first, last: border - 1n },
    upper: { first: border, last: whole.last },
  };
}

function clamp(number: bigint, min: bigint, max: bigint): bigint {
  if (number < min) return min;
  return number > max ? max : number;
}
