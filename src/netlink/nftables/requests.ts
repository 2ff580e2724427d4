/** Requests that ask what there is. Their answers are read by decodeNfTablesMessage. */
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from "../codec/index.ts";
import type { Family } from "./family.ts";
import { messages, variants } from "./messages.ts";

const LIST = NLM_F_REQUEST | NLM_F_DUMP;
const GET = NLM_F_REQUEST | NLM_F_ACK;

interface InTable {
  readonly family: Family;
  readonly table: string;
}

/** Lists the tables of one family. */
export function listTables(family: Family): Uint8Array {
  return messages.getTable.encode(headOf({ family }), { flags: LIST });
}

/** Asks for one table; ENOENT if there is none. */
export function getTable({ family, table }: InTable): Uint8Array {
  return messages.getTable.encode({ ...headOf({ family }), table }, { flags: GET });
}

/** Lists the chains of all tables of one family: the kernel takes no other filter. */
export function listChains(family: Family): Uint8Array {
  return messages.getChain.encode(headOf({ family }), { flags: LIST });
}

/** Asks for one chain; ENOENT if there is none. */
export function getChain({ family, table, chain }: InTable & { readonly chain: string }): Uint8Array {
  return messages.getChain.encode({ ...headOf({ family }), table, chain }, { flags: GET });
}

/** Lists the rules of a table, or of one of its chains, in order. No such table or chain: an empty list. */
export function listRules({ family, table, chain }: InTable & { readonly chain?: string }): Uint8Array {
  const value = { ...headOf({ family }), table, ...(chain !== undefined && { chain }) };
  return messages.getRule.encode(value, { flags: LIST });
}

/** Lists the sets and maps of a table. No such table: ENOENT. */
export function listSets({ family, table }: InTable): Uint8Array {
  return messages.getSet.encode({ ...headOf({ family }), table }, { flags: LIST });
}

/** Asks for one set; ENOENT if there is none. */
export function getSet({ family, table, set }: InTable & { readonly set: string }): Uint8Array {
  return messages.getSet.encode({ ...headOf({ family }), table, set }, { flags: GET });
}

/** Lists a set's elements, in many messages. No such set: ENOENT. */
export function listElements({ family, table, set }: InTable & { readonly set: string }): Uint8Array {
  return variants.listElements.encode({ ...headOf({ family }), table, set }, { flags: LIST });
}

/** Asks for the namespace's generation. */
export function getGeneration(): Uint8Array {
  return messages.getGeneration.encode(headOf({ family: "unspecified" }), { flags: GET });
}

function headOf<F extends Family | "unspecified">({ family }: { readonly family: F }) {
  return { family, version: 0, resource: 0 } as const;
}
