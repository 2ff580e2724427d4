/** Rules that choose a routing table: RTM_NEWRULE and its kin, include/uapi/linux/fib_rules.h (kernel 6.12). */
import { ipAddress } from "../address-codec.ts";
import {
  asciiz,
  attr,
  attributes,
  fixed,
  headed,
  messageFormat,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  optional,
  padding,
  readMessageHeader,
  u8,
  u32host,
} from "../codec/index.ts";
import { type Family, parsePrefix } from "./family.ts";
import {
  familyNumber,
  familyOfNumber,
  RT_TABLE_UNSPEC,
  RTM_DELRULE,
  RTM_GETRULE,
  RTM_NEWRULE,
} from "./rtnetlink.ts";

const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_TABLE = 15;
const FRA_FWMASK = 16;

const actions = { lookup: 1, blackhole: 6, unreachable: 7, prohibit: 8 } as const;
export type RuleAction = keyof typeof actions;
const actionNames: ReadonlyMap<number, RuleAction> = new Map(
  Object.entries(actions).map(([name, number]) => [number, name as RuleAction]),
);

const header = fixed({
  family: u8,
  toLength: u8,
  fromLength: u8,
  tos: u8,
  table: u8,
  pad: padding(2),
  action: u8,
  flags: u32host,
});

const body = headed(
  header,
  attributes({
    from: attr(FRA_SRC, optional(ipAddress)),
    to: attr(FRA_DST, optional(ipAddress)),
    mark: attr(FRA_FWMARK, optional(u32host)),
    mask: attr(FRA_FWMASK, optional(u32host)),
    priority: attr(FRA_PRIORITY, optional(u32host)),
    tableNumber: attr(FRA_TABLE, optional(u32host)),
    input: attr(FRA_IIFNAME, optional(asciiz)),
  }),
);

export const newRule = messageFormat("NEWRULE", RTM_NEWRULE, body);
export const deleteRule = messageFormat("DELRULE", RTM_DELRULE, body);
export const getRule = messageFormat("GETRULE", RTM_GETRULE, body);

export interface RuleSpec {
  readonly family: Family;
  /** `lookup` if left out. */
  readonly action?: RuleAction;
  /** For `lookup`. */
  readonly table?: number;
  /** `10.5.0.0/16` */
  readonly from?: string;
  readonly to?: string;
  /** The packet's mark, compared within `mask` if there is one. */
  readonly mark?: number;
  readonly mask?: number;
  /** Smaller ones come first; below the smallest there is if left out. */
  readonly priority?: number;
  /** Name of the link that packets come in by; `lo` for the node's own. */
  readonly input?: string;
}

export interface Rule extends RuleSpec {
  readonly action: RuleAction;
  readonly priority: number;
}

/** Adds a rule; refused with EEXIST if there is one like it. */
export function encodeAddRule(spec: RuleSpec): Uint8Array {
  return newRule.encode(toBody(spec), { flags: NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL });
}

/** Removes the first rule that is like it, what is left out not compared; refused with ENOENT if there is none. */
export function encodeDeleteRule(spec: RuleSpec): Uint8Array {
  const value = { ...toBody(spec), ...(spec.action === undefined && { action: 0 }) };
  return deleteRule.encode(value, { flags: NLM_F_REQUEST | NLM_F_ACK });
}

export function encodeListRules(family: Family): Uint8Array {
  const value = {
    family: familyNumber(family),
    toLength: 0,
    fromLength: 0,
    tos: 0,
    table: 0,
    action: 0,
    flags: 0,
  };
  return getRule.encode(value, { flags: NLM_F_REQUEST | NLM_F_DUMP });
}

/** Reads a message of a list; undefined if it is about something else, or does what this file has no name for. */
export function decodeRule(message: Uint8Array): Rule | undefined {
  if (readMessageHeader(message).type !== RTM_NEWRULE) return undefined;
  const value = newRule.decode(message);
  const family = familyOfNumber(value.family);
  const action = actionNames.get(value.action);
  if (!family || !action) return undefined;
  const { from, to, mark, mask, input, priority = 0 } = value;
  return {
    family,
    action,
    priority,
    ...(action === "lookup" && { table: value.tableNumber ?? value.table }),
    ...(from !== undefined && { from: `${from}/${value.fromLength}` }),
    ...(to !== undefined && { to: `${to}/${value.toLength}` }),
    ...(mark !== undefined && { mark }),
    ...(mark !== undefined && mask !== undefined && { mask }),
    ...(input !== undefined && { input }),
  };
}

function toBody(spec: RuleSpec) {
  const { family, action = "lookup", table = RT_TABLE_UNSPEC, mark, mask, priority, input } = spec;
  const from = spec.from === undefined ? undefined : parsePrefix(spec.from);
  const to = spec.to === undefined ? undefined : parsePrefix(spec.to);
  return {
    family: familyNumber(family),
    toLength: to?.length ?? 0,
    fromLength: from?.length ?? 0,
    tos: 0,
    table: table <= 255 ? table : RT_TABLE_UNSPEC,
    action: actions[action],
    flags: 0,
    ...(from && { from: from.address }),
    ...(to && { to: to.address }),
    ...(mark !== undefined && { mark }),
    ...(mask !== undefined && { mask }),
    ...(priority !== undefined && { priority }),
    ...(table > 255 && { tableNumber: table }),
    ...(input !== undefined && { input }),
  };
}
