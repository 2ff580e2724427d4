/** CIDRs as ranges that do not overlap: the kernel refuses intervals that do. */
import { bytesOf } from "./row.ts";

/** Both ends belong to it. */
export interface AddressRange {
  readonly first: Uint8Array;
  readonly last: Uint8Array;
}

/**
 * Returns the ranges of one family's CIDRs, in order, merged where they overlap or touch: `10.0.0.0/9` and
 * `10.128.0.0/9` give 10.0.0.0 to 10.255.255.255. CIDRs of the other family are left out.
 */
export function addressRanges(cidrs: readonly string[], addressLength: 4 | 16): readonly AddressRange[] {
  const ranges = cidrs
    .map((cidr) => rangeOf(cidr))
    .filter(({ first }) => first.length === addressLength)
    .sort((a, b) => Buffer.compare(a.first, b.first));
  const merged: { first: Uint8Array; last: Uint8Array }[] = [];
  for (const range of ranges) {
    const previous = merged.at(-1);
    const after = previous && addressAfter(previous.last);
    if (!previous || (after && Buffer.compare(range.first, after) > 0)) merged.push({ ...range });
    else if (Buffer.compare(range.last, previous.last) > 0) previous.last = range.last;
  }
  return merged;
}

/** The address that follows; undefined after the last one. */
export function addressAfter(address: Uint8Array): Uint8Array | undefined {
  const next = Uint8Array.from(address);
  for (let index = next.length - 1; index >= 0; index--) {
    next[index] = ((next[index] ?? 0) + 1) & 0xff;
    if (next[index] !== 0) return next;
  }
  return undefined;
}

function rangeOf(cidr: string): AddressRange {
  const [address = "", prefix] = cidr.split("/");
  const bytes = bytesOf(address);
  const bits = Number(prefix ?? bytes.length * 8);
  const maskAt = (index: number) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - index * 8)));
  return {
    first: bytes.map((byte, index) => byte & maskAt(index)),
    last: bytes.map((byte, index) => byte | (0xff & ~maskAt(index))),
  };
}
