/** The tables of nf_tables' messages. Attributes stand in the order in which libnftnl 1.2.4 writes them. */

import {
  asciiz,
  attr,
  attributes,
  bytes,
  type Codec,
  type Decoded,
  fixed,
  headed,
  indexedListOf,
  listOf,
  type MessageFormat,
  messageFormat,
  named,
  nest,
  nested,
  optional,
  s32be,
  u8,
  u16be,
  u32be,
  u64be,
} from "../codec/index.ts";
import {
  NFNL_MSG_BATCH_BEGIN,
  NFNL_MSG_BATCH_END,
  NFT_MSG_DELCHAIN,
  NFT_MSG_DELRULE,
  NFT_MSG_DELSET,
  NFT_MSG_DELSETELEM,
  NFT_MSG_DELTABLE,
  NFT_MSG_GETCHAIN,
  NFT_MSG_GETGEN,
  NFT_MSG_GETRULE,
  NFT_MSG_GETSET,
  NFT_MSG_GETSETELEM,
  NFT_MSG_GETTABLE,
  NFT_MSG_NEWCHAIN,
  NFT_MSG_NEWGEN,
  NFT_MSG_NEWRULE,
  NFT_MSG_NEWSET,
  NFT_MSG_NEWSETELEM,
  NFT_MSG_NEWTABLE,
  NFT_MSG_TRACE,
} from "./constants.ts";
import { data, value, verdict } from "./data.ts";
import { expressionCodec, expressionList } from "./expr/expression.ts";
import type { Family } from "./family.ts";
import { familyNumber } from "./family.ts";
import { comments, elementUserdata, setUserdata } from "./userdata.ts";

/** `struct nfgenmsg`. */
const nfgenmsg = fixed({
  family: named(u8, { unspecified: 0, ...familyNumber }),
  version: u8,
  resource: u16be,
});

const NFTA_LIST_ELEM = 1;

// enum nft_table_attributes
const table = attributes({
  table: attr(1, optional(asciiz)),
  flags: attr(2, optional(u32be)),
  use: attr(3, optional(u32be)),
  handle: attr(4, optional(u64be)),
  userdata: attr(6, optional(comments)),
  owner: attr(7, optional(u32be)),
});

/** enum nf_inet_hooks. `ingress` has another number in tables of the family inet, where it is 5. */
const inetHooks = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4, ingress: 5 } as const;
/** include/uapi/linux/netfilter_arp.h */
const arpHooks: Readonly<Record<string, number>> = { input: 0, output: 1 };

/** The numbers of a family's hooks, by name. */
export function hookNumbers(family: Family): Readonly<Record<string, number>> {
  return family === "arp" ? arpHooks : inetHooks;
}

// enum nft_chain_attributes, nft_hook_attributes
const chain = attributes({
  table: attr(1, optional(asciiz)),
  handle: attr(2, optional(u64be)),
  chain: attr(3, optional(asciiz)),
  type: attr(7, optional(asciiz)),
  policy: attr(5, optional(named(u32be, { drop: 0, accept: 1 }))),
  hook: attr(
    4,
    optional(nested({ number: attr(1, u32be), priority: attr(2, s32be), device: attr(3, optional(asciiz)) })),
  ),
  use: attr(6, optional(u32be)),
  flags: attr(10, optional(u32be)),
  id: attr(11, optional(u32be)),
  userdata: attr(12, optional(comments)),
});

// enum nft_rule_attributes
const rule = attributes({
  table: attr(1, optional(asciiz)),
  chain: attr(2, optional(asciiz)),
  handle: attr(3, optional(u64be)),
  expressions: attr(4, optional(expressionList)),
  position: attr(6, optional(u64be)),
  userdata: attr(7, optional(comments)),
  id: attr(9, optional(u32be)),
});

// enum nft_set_attributes, nft_set_desc_attributes, nft_set_field_attributes
const set = attributes({
  table: attr(1, optional(asciiz)),
  set: attr(2, optional(asciiz)),
  handle: attr(16, optional(u64be)),
  flags: attr(3, optional(u32be)),
  keyType: attr(4, optional(u32be)),
  keyLength: attr(5, optional(u32be)),
  dataType: attr(6, optional(u32be)),
  dataLength: attr(7, optional(u32be)),
  objectType: attr(15, optional(u32be)),
  id: attr(10, optional(u32be)),
  policy: attr(8, optional(named(u32be, { performance: 0, memory: 1 }))),
  description: attr(
    9,
    optional(
      nested({
        size: attr(1, optional(u32be)),
        fields: attr(2, optional(listOf(NFTA_LIST_ELEM, nested({ length: attr(1, u32be) })))),
      }),
    ),
  ),
  timeoutMs: attr(11, optional(u64be)),
  gcIntervalMs: attr(12, optional(u32be)),
  userdata: attr(13, optional(setUserdata)),
  expression: attr(17, optional(expressionCodec)),
  expressions: attr(18, optional(expressionList)),
});

/** enum nft_set_elem_attributes */
export const element = nested({
  flags: attr(3, optional(u32be)),
  timeoutMs: attr(4, optional(u64be)),
  expirationMs: attr(5, optional(u64be)),
  key: attr(1, optional(value)),
  keyEnd: attr(10, optional(value)),
  data: attr(2, optional(data)),
  userdata: attr(6, optional(elementUserdata)),
  object: attr(9, optional(asciiz)),
  expression: attr(7, optional(expressionCodec)),
  expressions: attr(11, optional(expressionList)),
});
export type ElementValues = Decoded<typeof element>;

// enum nft_set_elem_list_attributes
const elements = attributes({
  table: attr(1, optional(asciiz)),
  set: attr(2, optional(asciiz)),
  setId: attr(4, optional(u32be)),
  elements: attr(3, optional(indexedListOf(element))),
});
/** The same, with elements that are encoded already. */
const encodedElements = attributes({
  table: attr(1, asciiz),
  set: attr(2, asciiz),
  setId: attr(4, optional(u32be)),
  elements: attr(3, nest(bytes)),
});
/** libnftnl names the set first where it has no elements to tell. */
const setReference = attributes({ set: attr(2, asciiz), table: attr(1, asciiz) });

// enum nft_gen_attributes
const generation = attributes({
  generation: attr(1, optional(u32be)),
  pid: attr(2, optional(u32be)),
  process: attr(3, optional(asciiz)),
});

// enum nft_trace_attributes
const trace = attributes({
  table: attr(1, optional(asciiz)),
  chain: attr(2, optional(asciiz)),
  ruleHandle: attr(3, optional(u64be)),
  type: attr(4, optional(named(u32be, { policy: 1, return: 2, rule: 3 }))),
  verdict: attr(5, optional(verdict)),
  id: attr(6, optional(u32be)),
  linkHeader: attr(7, optional(bytes)),
  networkHeader: attr(8, optional(bytes)),
  transportHeader: attr(9, optional(bytes)),
  inputInterface: attr(10, optional(u32be)),
  outputInterface: attr(12, optional(u32be)),
  mark: attr(14, optional(u32be)),
  protocolFamily: attr(15, optional(u32be)),
  policy: attr(16, optional(u32be)),
});

// enum nfnl_batch_attributes
const batch = attributes({ generation: attr(1, optional(u32be)) });

const define = <T>(name: string, type: number, body: Codec<T>) =>
  messageFormat(name, type, headed(nfgenmsg, body));

export const messages = {
  batchBegin: define("BATCH_BEGIN", NFNL_MSG_BATCH_BEGIN, batch),
  batchEnd: define("BATCH_END", NFNL_MSG_BATCH_END, batch),
  newTable: define("NEWTABLE", NFT_MSG_NEWTABLE, table),
  getTable: define("GETTABLE", NFT_MSG_GETTABLE, table),
  deleteTable: define("DELTABLE", NFT_MSG_DELTABLE, table),
  newChain: define("NEWCHAIN", NFT_MSG_NEWCHAIN, chain),
  getChain: define("GETCHAIN", NFT_MSG_GETCHAIN, chain),
  deleteChain: define("DELCHAIN", NFT_MSG_DELCHAIN, chain),
  newRule: define("NEWRULE", NFT_MSG_NEWRULE, rule),
  getRule: define("GETRULE", NFT_MSG_GETRULE, rule),
  deleteRule: define("DELRULE", NFT_MSG_DELRULE, rule),
  newSet: define("NEWSET", NFT_MSG_NEWSET, set),
  getSet: define("GETSET", NFT_MSG_GETSET, set),
  deleteSet: define("DELSET", NFT_MSG_DELSET, set),
  newElements: define("NEWSETELEM", NFT_MSG_NEWSETELEM, elements),
  getElements: define("GETSETELEM", NFT_MSG_GETSETELEM, elements),
  deleteElements: define("DELSETELEM", NFT_MSG_DELSETELEM, elements),
  newGeneration: define("NEWGEN", NFT_MSG_NEWGEN, generation),
  getGeneration: define("GETGEN", NFT_MSG_GETGEN, generation),
  trace: define("TRACE", NFT_MSG_TRACE, trace),
};

/** Other ways to write messages of the types above. */
export const variants = {
  newEncodedElements: define("NEWSETELEM", NFT_MSG_NEWSETELEM, encodedElements),
  deleteEncodedElements: define("DELSETELEM", NFT_MSG_DELSETELEM, encodedElements),
  flushElements: define("DELSETELEM", NFT_MSG_DELSETELEM, setReference),
  listElements: define("GETSETELEM", NFT_MSG_GETSETELEM, setReference),
};

const byType = new Map<number, MessageFormat<unknown>>(
  Object.values(messages).map((format) => [format.type, format as MessageFormat<unknown>]),
);

/** Returns the format of a message type of nf_tables; undefined if there is none here. */
export function formatOf(type: number): MessageFormat<unknown> | undefined {
  return byType.get(type);
}
