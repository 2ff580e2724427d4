/** Which machine is to have which address, agreed on by all without a word. */
import { createHash } from "node:crypto";
import { requireAddressBytes } from "./require-address-bytes.ts";
import {
  addressOf,
  type Family,
  maximumAddresses,
  ownerPriority,
  type VirtualRouter,
} from "./virtual-router.ts";

export interface SpreadOptions {
  readonly addresses: readonly string[];
  /** This machine's name; no other one may have it. */
  readonly member: string;
  /** Numbers of routers that are used, in each family: nobody else on the link may use them. */
  readonly firstVrid: number;
  /** As many as can be told apart; more spread better, each costs an advertisement each interval. Default: 16. */
  readonly groups?: number;
}

const defaultGroups = 16;

/**
 * Pure. Returns a router for each group that has addresses. An address's group follows from the address alone, and a machine's priority in
 * a group from the group and its name (highest random weight): so every machine finds the same without knowing the others, and a
 * machine that fails leaves its addresses to all the others. Throws RangeError if a group would have too many addresses.
 */
export function spreadAddresses(options: SpreadOptions): readonly VirtualRouter[] {
  const { addresses, member, firstVrid, groups = defaultGroups } = options;
  if (!(firstVrid >= 1 && groups >= 1 && firstVrid + groups - 1 <= 255))
    throw new RangeError(
      `Cannot use ${groups} virtual routers from ${firstVrid} on: they are numbered 1 to 255`,
    );
  const byName = new Map<string, { family: Family; group: number; addresses: string[] }>();
  for (const text of addresses) {
    const bytes = requireAddressBytes(addressOf(text));
    const family: Family = bytes.length === 4 ? "IPv4" : "IPv6";
    const group = hash(bytes) % groups;
    const name = `${family}/${group}`;
    const found = byName.get(name) ?? { family, group, addresses: [] };
    byName.set(name, found);
    found.addresses.push(text);
    if (found.addresses.length > maximumAddresses)
      throw new RangeError(
        `Cannot spread ${addresses.length} addresses over ${groups} groups: use more groups`,
      );
  }
  return [...byName.values()].map(({ family, group, addresses: own }) => ({
    vrid: firstVrid + group,
    family,
    addresses: own.sort(),
    priority: 1 + (hash(`${family}/${group}/${member}`) % (ownerPriority - 1)),
  }));
}

function hash(data: string | Uint8Array): number {
  return createHash("sha256").update(data).digest().readUInt32BE();
}
