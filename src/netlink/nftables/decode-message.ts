/** Reads what the kernel says of nf_tables: answers to requests, and events. */
import { readMessageHeader, WireError } from "../codec/index.ts";
import {
  NFT_DATA_VERDICT,
  NFT_MSG_DELCHAIN,
  NFT_MSG_DELRULE,
  NFT_MSG_DELSET,
  NFT_MSG_DELSETELEM,
  NFT_MSG_DELTABLE,
  NFT_MSG_NEWCHAIN,
  NFT_MSG_NEWGEN,
  NFT_MSG_NEWRULE,
  NFT_MSG_NEWSET,
  NFT_MSG_NEWSETELEM,
  NFT_MSG_NEWTABLE,
} from "./constants.ts";
import type { Verdict } from "./data.ts";
import { fromSetValues } from "./encode-set.ts";
import { asFamily, type Family } from "./family.ts";
import type {
  ChainInfo,
  ElementsInfo,
  GenerationInfo,
  NfTablesMessage,
  RuleInfo,
  SetInfo,
  TableInfo,
  TraceInfo,
} from "./listing.ts";
import { hookNumbers, messages } from "./messages.ts";
import type { Hook } from "./operation.ts";
import { fromElementValues } from "./set-element-codec.ts";

/** Returns undefined for a message of another kind. Throws WireError if it makes no sense. */
export function decodeNfTablesMessage(message: Uint8Array): NfTablesMessage | undefined {
  switch (readMessageHeader(message).type) {
    case NFT_MSG_NEWTABLE:
      return { kind: "table", change: "new", value: decodeTable(message) };
    case NFT_MSG_DELTABLE:
      return { kind: "table", change: "delete", value: decodeTable(message) };
    case NFT_MSG_NEWCHAIN:
      return { kind: "chain", change: "new", value: decodeChain(message) };
    case NFT_MSG_DELCHAIN:
      return { kind: "chain", change: "delete", value: decodeChain(message) };
    case NFT_MSG_NEWRULE:
      return { kind: "rule", change: "new", value: decodeRule(message) };
    case NFT_MSG_DELRULE:
      return { kind: "rule", change: "delete", value: decodeRule(message) };
    case NFT_MSG_NEWSET:
      return { kind: "set", change: "new", value: decodeSet(message) };
    case NFT_MSG_DELSET:
      return { kind: "set", change: "delete", value: decodeSet(message) };
    case NFT_MSG_NEWSETELEM:
      return { kind: "elements", change: "new", value: decodeElements(message) };
    case NFT_MSG_DELSETELEM:
      return { kind: "elements", change: "delete", value: decodeElements(message) };
    case NFT_MSG_NEWGEN:
      return { kind: "generation", value: decodeGeneration(message) };
    default:
      return undefined;
  }
}

export function decodeTable(message: Uint8Array): TableInfo {
  const { family, table, handle, flags, use, userdata } = messages.newTable.decode(message);
  return {
    family: asFamily(family),
    table: must("table", table),
    handle: handle ?? 0n,
    flags: flags ?? 0,
    use: use ?? 0,
    ...commentOf(userdata),
  };
}

export function decodeChain(message: Uint8Array): ChainInfo {
  const { family, table, chain, handle, use, userdata, ...rest } = messages.newChain.decode(message);
  const base = hookOf(asFamily(family), rest);
  return {
    family: asFamily(family),
    table: must("table", table),
    chain: must("chain", chain),
    handle: handle ?? 0n,
    ...(base && { base }),
    use: use ?? 0,
    ...commentOf(userdata),
  };
}

export function decodeRule(message: Uint8Array): RuleInfo {
  const values = messages.newRule.decode(message);
  const { family, table, chain, handle, expressions, position, userdata } = values;
  return {
    family: asFamily(family),
    table: must("table", table),
    chain: must("chain", chain),
    handle: handle ?? 0n,
    ...(position !== undefined && { position }),
    expressions: expressions ?? [],
    ...commentOf(userdata),
  };
}

export function decodeSet(message: Uint8Array): SetInfo {
  const values = messages.newSet.decode(message);
  const { family, table, set, handle, keyLength, dataType, dataLength } = values;
  return {
    family: asFamily(family),
    table: must("table", table),
    set: must("set", set),
    handle: handle ?? 0n,
    keyLength: keyLength ?? 0,
    ...(dataLength !== undefined && dataType !== NFT_DATA_VERDICT && { dataLength }),
    ...fromSetValues(values),
  };
}

/** A list of elements is cut into many messages. */
export function decodeElements(message: Uint8Array): ElementsInfo {
  const { family, table, set, elements = [] } = messages.newElements.decode(message);
  return {
    family: asFamily(family),
    table: must("table", table),
    set: must("set", set),
    elements: elements.map(fromElementValues),
  };
}

export function decodeGeneration(message: Uint8Array): GenerationInfo {
  const { generation, pid, process } = messages.newGeneration.decode(message);
  return {
    generation: must("generation", generation),
    ...(pid !== undefined && { pid }),
    ...(process !== undefined && { process }),
  };
}

/** Throws WireError if it is no message about a traced packet. */
export function decodeTrace(message: Uint8Array): TraceInfo {
  const { family, table, chain, id, type, ruleHandle, policy, ...rest } = messages.trace.decode(message);
  const { networkHeader, transportHeader, mark } = rest;
  const verdict = rest.verdict ?? (policy === undefined ? undefined : policyVerdict(policy));
  return {
    family: asFamily(family),
    table: must("table", table),
    chain: must("chain", chain),
    id: must("id", id),
    type: typeof type === "string" ? type : "rule",
    ...(ruleHandle !== undefined && { handle: ruleHandle }),
    ...(verdict && { verdict }),
    ...(networkHeader && { networkHeader }),
    ...(transportHeader && { transportHeader }),
    ...(mark !== undefined && { mark }),
  };
}

/** NF_DROP is 0, NF_ACCEPT 1. */
function policyVerdict(policy: number): Verdict {
  return { code: policy === 0 ? "drop" : "accept" };
}

function hookOf(
  family: Family,
  { type, hook, policy }: Partial<ReturnType<typeof messages.newChain.decode>>,
): Hook | undefined {
  if (!type || !hook) return undefined;
  const name = Object.entries(hookNumbers(family)).find(([, number]) => number === hook.number)?.[0];
  return {
    type: type as Hook["type"],
    hook: (name ?? `hook ${hook.number}`) as Hook["hook"],
    priority: hook.priority,
    ...(typeof policy === "string" && { policy }),
  };
}

function commentOf(userdata: { readonly comment?: string } | undefined) {
  return userdata?.comment === undefined ? {} : { comment: userdata.comment };
}

function must<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new WireError("missing").within(`.${name}`).finish("decode");
  return value;
}
