/** The skeleton of the rules: every chain's name. The kernel allows 28 bytes. A name means the same in every table that has it. */
import { createHash } from "node:crypto";
import type { Protocol } from "../../forwarding/forwarding-table.ts";

/** What all names of chains begin with; nothing else of iptables is ours. */
export const PREFIX = "PORTHOLE-";

export const chains = {
  // Looking up what a packet is addressed to: in the table nat what is led to endpoints, in filter what nobody serves.
  services: "PORTHOLE-SERVICES",
  addresses: "PORTHOLE-ADDRESSES",
  nodePorts: "PORTHOLE-NODEPORTS",
  // Whose source is to become the node's.
  mark: "PORTHOLE-MARK",
  markOutsiders: "PORTHOLE-MARK-OUTSIDERS",
  postrouting: "PORTHOLE-POSTROUTING",
  // In the table filter.
  refuse: "PORTHOLE-REFUSE",
  forward: "PORTHOLE-FORWARD",
  invalid: "PORTHOLE-INVALID",
  localnet: "PORTHOLE-LOCALNET",
} as const;

/**
 * A Service port's chains. `SVC` and `SVL` choose among the cluster's endpoints and among this node's, `EXT` tells traffic from outside
 * from the node's own, `FW` lets in whom the source ranges name, `SEP` is one endpoint that needs more than a translation.
 */
export type ServiceChainKind = "SVC" | "SVL" | "EXT" | "FW" | "SEP";

/** 75 bits. */
const HASH_LENGTH = 15;
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `PORTHOLE-SVC-QHBJ4GTQ2XKQZ5N`: kind and hash, 28 bytes at most. `identity` tells it from all others of its kind. */
export function serviceChain(kind: ServiceChainKind, identity: string): string {
  return `${PREFIX}${kind}-${hash(identity)}`;
}

/** `PORTHOLE-TO-0A60`: what goes to addresses that begin with these digits, here 10.96.0.0/16. */
export function addressBucketChain(digits: string): string {
  return `${PREFIX}TO-${digits.length <= HASH_LENGTH ? digits : `H${hash(digits)}`}`;
}

/** `PORTHOLE-PORTS-TCP`, and for the ports that begin with some digits `PORTHOLE-PORTS-TCP-75`, here 29952 to 30207. */
export function portBucketChain(protocol: Protocol, digits: string): string {
  return `${PREFIX}PORTS-${protocol}${digits === "" ? "" : `-${digits}`}`;
}

function hash(text: string): string {
  const digest = createHash("sha256").update(text).digest();
  return Array.from(digest.subarray(0, HASH_LENGTH), (byte) => base32[byte & 31]).join("");
}
