/**
 * Target ids: 32 bits that say where a frontend leads. They travel from one rule to the next in the packet's priority,
 * the one scratch register that rules as nft prints them can write from a map, and that nobody else's rules depend on
 * between the hooks (the mark has owners: policy routing, other network plug-ins). nft prints it as `BLOCK:INDEX` halves.
 *
 *     31 keep the source   30 cluster address   29 sources restricted   28..19 block   18..0 index
 *
 * All targets of a block are chosen from in the same way, by the chain that the block leads to.
 */

/** External traffic's source stays as it is. */
export const KEEP_SOURCE = 0x8000_0000;
/** A cluster address: the node's own pods keep their source. */
export const CLUSTER_ADDRESS = 0x4000_0000;
/** Only sources in `source-ranges` may come in. */
export const RESTRICTED = 0x2000_0000;

/** Without flags. */
export const TARGET_MASK = 0x1fff_ffff;
export const BLOCK_MASK = 0x1ff8_0000;
export const BLOCK_BITS = 19;
/** Targets in a block. */
export const BLOCK_SIZE = 1 << BLOCK_BITS;
export const BLOCK_COUNT = 1 << 10;

/** Nobody serves it anywhere: refuse. */
export const REFUSE = 0;
/** Others serve it: say nothing. */
export const SILENCE = BLOCK_SIZE;
/** Blocks below lead to `refuse` and `silence`. */
export const FIRST_FREE_BLOCK = 2;
/** The last block, beside IPVS: a virtual server chooses. */
export const VIRTUAL_SERVER = (BLOCK_COUNT - 1) * BLOCK_SIZE;

/**
 * Session ids: 20 bits of session, 1 bit for the local set, 11 bits of endpoint. Endpoint 0 is the session itself. A client
 * is tied to an endpoint without that bit: with it, the same endpoint is looked for among those of this node.
 */
export const SESSION_MASK = 0xffff_f000;
export const SESSION_BITS = 12;
export const SESSION_COUNT = 1 << 20;
export const LOCAL_SET = 0x800;
export const SESSION_ENDPOINTS = LOCAL_SET - 1;
/** Of one target: all of them may be replaced by as many others in one change. */
export const STICKY_ENDPOINTS = SESSION_ENDPOINTS >> 1;

/** Returns the block of a target id, flags or not. */
export function blockOf(id: number): number {
  return (id & BLOCK_MASK) >>> BLOCK_BITS;
}

/** Joins an id and flags into an unsigned number. */
export function withFlags(id: number, flags: number): number {
  return (id | flags) >>> 0;
}

/** Returns the id without flags. */
export function withoutFlags(value: number): number {
  return (value & TARGET_MASK) >>> 0;
}
