/** AddressPool: addresses that Services may get. Pure. */
import { formatIpNumber, type IpFamily, parseIpNumber } from "../../allocator/index.ts";

/** Both ends belong to it. */
export interface AddressRange {
  readonly family: IpFamily;
  readonly first: bigint;
  readonly last: bigint;
}

export interface AddressPool {
  readonly name: string;
  readonly ranges: readonly AddressRange[];
  /** Whether Services that ask for nothing get addresses of it. */
  readonly autoAssign: boolean;
}

/**
 * Reads `NAME=RANGE[,RANGE]`, where a range is a CIDR, `FIRST-LAST` or one address. Throws SyntaxError that says what to write.
 * All addresses of a CIDR are given out, the first and the last too: write a range where those are not to be.
 */
export function parseAddressPool(text: string, autoAssign: boolean): AddressPool {
  const [, name, ranges] = /^([A-Za-z0-9][\w.-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || ranges === undefined) throw wrongPool(text, "there is no NAME= in it");
  return { name, autoAssign, ranges: ranges.split(",").map((range) => parseRange(text, range.trim())) };
}

function parseRange(pool: string, text: string): AddressRange {
  const [firstText = "", prefix, excess] = text.split("/");
  if (prefix !== undefined) {
    const address = parseIpNumber(firstText);
    const bits = address?.family === "IPv4" ? 32 : 128;
    if (!address || excess !== undefined || !/^\d+$/.test(prefix) || Number(prefix) > bits)
      throw wrongPool(pool, `"${text}" is no CIDR`);
    const size = 1n << BigInt(bits - Number(prefix));
    const first = (address.number / size) * size;
    return { family: address.family, first, last: first + size - 1n };
  }
  const [from = "", to = from, more] = text.split("-");
  const [first, last] = [parseIpNumber(from.trim()), parseIpNumber(to.trim())];
  if (!first || !last || more !== undefined) throw wrongPool(pool, `"${text}" is no range of addresses`);
  if (first.family !== last.family || first.number > last.number)
    throw wrongPool(pool, `"${text}" does not begin before it ends`);
  return { family: first.family, first: first.number, last: last.number };
}

function wrongPool(text: string, why: string): SyntaxError {
  return new SyntaxError(
    `Cannot read the address pool "${text}": ${why}. Write it like "public=192.0.2.10-192.0.2.20,2001:db8::/120"`,
  );
}

export function poolHolds({ ranges }: AddressPool, address: string): boolean {
  const asked = parseIpNumber(address);
  return (
    asked !== undefined &&
    ranges.some(
      ({ family, first, last }) => family === asked.family && first <= asked.number && asked.number <= last,
    )
  );
}

/** All addresses of a family in order. PERF: made one by one, a pool may hold 2^64 of them. */
export function* addressesOf({ ranges }: AddressPool, wanted: IpFamily): Generator<string> {
  for (const { family, first, last } of ranges) {
    if (family !== wanted) continue;
    for (let number = first; number <= last; number += 1n) yield formatIpNumber({ family, number });
  }
}
