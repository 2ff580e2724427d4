/** The trees by which packets find what they are addressed to, one for addresses and one for each protocol's node ports. */
import type { Protocol } from "../../forwarding/forwarding-table.ts";
import { addressBytes, formatAddressBytes } from "../../lib/address-bytes.ts";
import { type BucketItem, type BucketTree, bucketChains } from "./bucket-tree.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { addressBucketChain, chains, portBucketChain } from "./names.ts";
import { jump, rule, toPort } from "./rule.ts";
import type { Rules, TableName } from "./ruleset.ts";

/** What must happen to packets to one place. Items with the same id are the same. */
export interface DispatchItem extends BucketItem {
  readonly table: TableName;
  /** Whose ports they are; absent for an address. */
  readonly nodePortOf?: Protocol;
  readonly id: string;
}

export const protocols: readonly Protocol[] = ["TCP", "UDP", "SCTP"];

const PORT_DIGITS = 4;
/** A bucket of 16 addresses needs no more levels. */
const WHOLE_DIGITS = 1;

/** `10.96.0.1` -> `0A600001`. Throws RangeError if it is no address. */
export function digitsOfAddress(address: string): string {
  const bytes = addressBytes(address);
  if (!bytes) throw new RangeError(`Cannot look up "${address}": it is no IP address`);
  return Buffer.from(bytes).toString("hex").toUpperCase();
}

/** `30080` -> `7580`. */
export function digitsOfPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(PORT_DIGITS, "0");
}

/** The tree's chains for a table's addresses. */
export function addressChains(
  traits: FamilyTraits,
  items: Iterable<DispatchItem>,
): ReadonlyMap<string, Rules> {
  return bucketChains(addressTree(traits), items);
}

/** The tree's chains for node ports of one protocol. */
export function portChains(protocol: Protocol, items: Iterable<DispatchItem>): ReadonlyMap<string, Rules> {
  return bucketChains(portTree(protocol), items);
}

/** The chain that leads to the trees of node ports. */
export function nodePortChain(): Rules {
  return protocols.map((protocol) =>
    rule(`-p ${protocol.toLowerCase()}`, jump(portBucketChain(protocol, ""))),
  );
}

function addressTree({ bits }: FamilyTraits): BucketTree {
  const digitsInAll = bits / 4;
  return {
    root: chains.addresses,
    depth: digitsInAll - WHOLE_DIGITS,
    chainOf: addressBucketChain,
    matchOf(digits) {
      const bytes = Buffer.from(digits.padEnd(digitsInAll, "0"), "hex");
      return `-d ${formatAddressBytes(bytes)}/${digits.length * 4}`;
    },
  };
}

function portTree(protocol: Protocol): BucketTree {
  return {
    root: portBucketChain(protocol, ""),
    depth: PORT_DIGITS - WHOLE_DIGITS,
    chainOf: (digits) => portBucketChain(protocol, digits),
    matchOf(digits) {
      const first = Number.parseInt(digits.padEnd(PORT_DIGITS, "0"), 16);
      return toPort(protocol, first, first + 16 ** (PORT_DIGITS - digits.length) - 1);
    },
  };
}
