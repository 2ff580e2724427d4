/** NodePortAllocator: node ports and health-check node ports, which share one range. */
import { type Allocator, createAllocator } from "./allocator.ts";
import { type BandedRange, divideRange, nodePortBandRule } from "./band.ts";
import type { Random } from "./number-pool.ts";

export type NodePortAllocator = Allocator<number>;

/** `range` is `30000-32767`, both ends included. Throws RangeError if it is no range of ports. */
export function createNodePortAllocator(range: string, random: Random): NodePortAllocator {
  return createAllocator<number>(
    parseNodePortRange(range),
    { toNumber: numberOf, fromNumber: Number },
    random,
  );
}

export function parseNodePortRange(text: string): BandedRange {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (!match || first < 1 || last > 65535 || first > last) {
    throw new RangeError(`Cannot use the node port range "${text}": a range looks like 30000-32767`);
  }
  const whole = { first: BigInt(first), last: BigInt(last) };
  return divideRange(`${first}-${last}`, whole, BigInt(last - first + 1), nodePortBandRule);
}

/** What is no whole number is in no range. */
function numberOf(port: number): bigint {
  return Number.isInteger(port) ? BigInt(port) : -1n;
}
