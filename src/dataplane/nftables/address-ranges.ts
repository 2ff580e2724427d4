/** CIDRs as ranges that do not overlap: the kernel refuses intervals that do. Addresses are binary strings. */
import { keyAfter } from "../../netlink/nftables/index.ts";
import { addressKey } from "./address-key.ts";

/** Both ends belong to it. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/**
 * Returns the ranges of one family's CIDRs, in order, merged where they overlap or touch: `10.0.0.0/9` and
 * `10.128.0.0/9` give 10.0.0.0 to 10.255.255.255. CIDRs of the other family are left out.
 */
export function addressRanges(cidrs: readonly string[], addressLength: 4 | 16): readonly AddressRange[] {
  const ranges = cidrs
    .map(rangeOf)
    .filter(({ first }) => first.length === addressLength)
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const merged: { first: string; last: string }[] = [];
  for (const range of ranges) {
    const previous = merged.at(-1);
    const after = previous && addressAfter(previous.last);
    if (!previous || (after !== undefined && range.first > after)) merged.push({ ...range });
    else if (range.last > previous.last) previous.last = range.last;
  }
  return merged;
}

/** The address that follows; undefined after the last one. */
function addressAfter(address: string): string | undefined {
  const next = keyAfter(Buffer.from(address, "latin1"));
  return next && Buffer.from(next).toString("latin1");
}

function rangeOf(cidr: string): AddressRange {
  const [address = "", prefix] = cidr.split("/");
  const bytes = Buffer.from(addressKey(address), "latin1");
  const bits = Number(prefix ?? bytes.length * 8);
  const maskAt = (index: number) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - index * 8)));
  const ends = {
    first: bytes.map((byte, index) => byte & maskAt(index)),
    last: bytes.map((byte, index) => byte | (0xff & ~maskAt(index))),
  };
  return {
    first: Buffer.from(ends.first).toString("latin1"),
    last: Buffer.from(ends.last).toString("latin1"),
  };
}
