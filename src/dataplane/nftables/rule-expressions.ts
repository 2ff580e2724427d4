/**
 * Turns the program's rules into the kernel's expressions, with the registers that nft would take: it prints and reads back
 * what it would have written itself (`nft --debug=netlink` shows its own).
 */
import { assertNever } from "../../lib/assert-never.ts";
import {
  ctDirection,
  ctState,
  ctStatus,
  type Expression,
  NF_NAT_RANGE_PROTO_RANDOM_FULLY,
  NFT_LOOKUP_F_INV,
} from "../../netlink/nftables/index.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { hostNumber, protocolNumbers } from "./row.ts";
import type { Field, Key, MarkOwner, Rule, Statement } from "./statement.ts";
import { LOCAL_SET, SESSION_MASK, TARGET_MASK } from "./target-id.ts";

/** Takes the verdict. */
const VERDICT = 0;
/** Where a lookup's key starts, and its data. */
const FIRST = 1;

/** The first word of what is hashed. */
const HASHED_WORD = 4;
/** Any number; machines agree as long as they have the same one. */
const HASH_SEED = 0x9e3779b9;

const marks = { packet: "meta", flow: "ct" } as const;

/** include/uapi/linux/if.h */
const IFNAMSIZ = 16;

/** Returns the expressions of one rule. */
export function ruleExpressions(traits: FamilyTraits, rule: Rule): readonly Expression[] {
  return rule.flatMap((statement) => statementExpressions(traits, statement));
}

function statementExpressions(traits: FamilyTraits, statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case "in-set": {
      const { key, set, not = false, intervals = false } = statement;
      const flags = not ? { flags: NFT_LOOKUP_F_INV } : {};
      return [...loadKey(traits, key, intervals), { kind: "lookup", sreg: FIRST, set, ...flags }];
    }
    case "find":
      return [...loadKey(traits, statement.key), found(statement.map, FIRST), setMeta("priority")];
    case "branch":
      return [loadMeta("priority"), and(statement.mask), found(statement.map, VERDICT)];
    case "flags": {
      const op = statement.any ? "neq" : "eq";
      return [loadMeta("priority"), and(statement.mask), compare(op, hostBytes(0))];
    }
    case "keep-bits":
      return [loadMeta("priority"), and(statement.mask), setMeta("priority")];
    case "forget-id":
      return [{ kind: "immediate", dreg: FIRST, data: hostBytes(0) }, setMeta("priority")];
    case "mark":
      return setMarkBits(statement.of, statement.bits, statement.action);
    case "marked":
      return hasMarkBits(statement.of, statement.bits);
    case "protocol":
      return [loadMeta("l4proto"), compare("eq", Uint8Array.of(protocolOf(statement.protocol)))];
    case "interface":
      return [loadMeta("iifname"), compare("eq", interfaceName(statement.name, statement.prefix))];
    case "state":
      return hasBit("state", ctState[statement.state]);
    case "translated":
      return hasBit("status", ctStatus.dnat);
    default:
      return actionExpressions(traits, statement);
  }
}

function actionExpressions(
  traits: FamilyTraits,
  statement: Extract<
    Statement,
    { kind: "dnat" | "remember" | "count" | "masquerade" | "reject" | "goto" | "jump" | "drop" | "return" }
  >,
): readonly Expression[] {
  switch (statement.kind) {
    case "dnat": {
      const portMin = registerAt(traits.addressBytes / 4);
      const nat = { kind: "nat", type: "dnat", family: traits.name, addressMin: FIRST, portMin } as const;
      return [...loadKey(traits, statement.key), found(statement.map, FIRST), nat];
    }
    case "remember": {
      const { action: op, key, map: set } = statement;
      // NOTE: nft 1.0.6 takes register 2 in both families when it loads such a rule, and so overwrites the key of IPv6.
      const dataRegister = traits.family === "IPv4" ? 2 : 3;
      return [
        ...loadKey(traits, key),
        loadMeta("priority", dataRegister),
        { kind: "dynset", op, set, keyRegister: FIRST, dataRegister },
      ];
    }
    case "count": {
      const counting = { op: "add", set: statement.set, expression: { kind: "counter" } } as const;
      return [...loadKey(traits, statement.key), { kind: "dynset", keyRegister: FIRST, ...counting }];
    }
    case "masquerade":
      return [{ kind: "masq", flags: NF_NAT_RANGE_PROTO_RANDOM_FULLY }];
    case "reject":
      return statement.with === "tcp reset"
        ? [{ kind: "reject", type: "tcp-reset", code: 0 }]
        : [{ kind: "reject", type: "icmp", code: traits.portUnreachable }];
    case "goto":
    case "jump":
      return [{ kind: "immediate", dreg: VERDICT, data: { code: statement.kind, chain: statement.chain } }];
    case "drop":
    case "return":
      return [{ kind: "immediate", dreg: VERDICT, data: { code: statement.kind } }];
    default:
      return assertNever(statement);
  }
}

/** The fields of a key one behind the other, each from a new word on. */
function loadKey(traits: FamilyTraits, key: Key, intervals = false): readonly Expression[] {
  const expressions: Expression[] = [];
  let word = 0;
  for (const field of key) {
    const dreg = registerAt(word);
    expressions.push(...loadField(traits, field, dreg));
    // Intervals are compared from the left, and nft turns what it takes for a number of the host, one byte or not.
    if (intervals && field === "meta l4proto") {
      expressions.push({ kind: "byteorder", sreg: dreg, dreg, op: "hton", length: 1, size: 2 });
    }
    word += field === "saddr" || field === "daddr" ? traits.addressBytes / 4 : 1;
  }
  return expressions;
}

function loadField(traits: FamilyTraits, field: Field, dreg: number): readonly Expression[] {
  if (typeof field === "object") {
    if ("flowHashBelow" in field) return hashOf(traits, "flow", field.flowHashBelow, dreg);
    if ("clientHashBelow" in field) return hashOf(traits, "client", field.clientHashBelow, dreg);
    return [{ kind: "numgen", dreg, modulus: field.randomBelow, type: "random", offset: 0 }];
  }
  switch (field) {
    case "saddr":
    case "daddr": {
      const { addressBytes: length, offsets } = traits;
      return [{ kind: "payload", dreg, base: "network", offset: offsets[field], length }];
    }
    case "meta l4proto":
      return [loadMeta("l4proto", dreg)];
    case "th dport":
      return [{ kind: "payload", dreg, base: "transport", offset: 2, length: 2 }];
    case "id":
      return [loadMeta("priority", dreg)];
    case "target":
      return [loadMeta("priority", dreg), and(TARGET_MASK, dreg)];
    case "session":
      return [loadMeta("priority", dreg), and(SESSION_MASK, dreg)];
    case "local id":
      return [loadMeta("priority", dreg), and(~LOCAL_SET >>> 0, dreg, LOCAL_SET)];
    default:
      return assertNever(field);
  }
}

/** `jhash ip saddr . th sport mod N seed S`, of a client without its port; what is hashed stands where no key reaches. */
function hashOf(
  { addressBytes, offsets }: FamilyTraits,
  of: "flow" | "client",
  modulus: number,
  dreg: number,
): readonly Expression[] {
  const sreg = registerAt(HASHED_WORD);
  const port = registerAt(HASHED_WORD + addressBytes / 4);
  const withPort = of === "flow";
  return [
    { kind: "payload", dreg: sreg, base: "network", offset: offsets.saddr, length: addressBytes },
    ...(withPort
      ? ([{ kind: "payload", dreg: port, base: "transport", offset: 0, length: 2 }] as const)
      : []),
    {
      kind: "hash",
      sreg,
      dreg,
      length: addressBytes + (withPort ? 4 : 0),
      modulus,
      seed: HASH_SEED,
      offset: 0,
      type: "jhash",
    },
  ];
}

/** `meta mark set meta mark | BITS`, or for a flow's mark `ct mark set ct mark | BITS`; with `clear` `& ~BITS`. */
export function setMarkBits(of: MarkOwner, bits: number, action: "set" | "clear"): readonly Expression[] {
  // OR is written as AND with all other bits and XOR with these.
  const xor = action === "set" ? bits : 0;
  return [loadMark(of), and(~bits >>> 0, FIRST, xor), { kind: marks[of], key: "mark", sreg: FIRST }];
}

/** `meta mark & BITS == BITS`, or of `ct mark`. */
export function hasMarkBits(of: MarkOwner, bits: number): readonly Expression[] {
  return [loadMark(of), and(bits), compare("eq", hostBytes(bits))];
}

/** `ct status & dnat == 0`. */
export function isUntranslated(): readonly Expression[] {
  return [{ kind: "ct", key: "status", dreg: FIRST }, and(ctStatus.dnat), compare("eq", hostBytes(0))];
}

/** `ct direction original`. */
export function isOriginalDirection(): readonly Expression[] {
  return [{ kind: "ct", key: "direction", dreg: FIRST }, compare("eq", Uint8Array.of(ctDirection.original))];
}

function loadMark(of: MarkOwner): Expression {
  return { kind: marks[of], key: "mark", dreg: FIRST };
}

function hasBit(key: "state" | "status", bit: number): readonly Expression[] {
  return [{ kind: "ct", key, dreg: FIRST }, and(bit), compare("neq", hostBytes(0))];
}

function found(set: string, dreg: number): Expression {
  return { kind: "lookup", sreg: FIRST, dreg, set };
}

function loadMeta(key: "priority" | "l4proto" | "iifname", dreg: number = FIRST): Expression {
  return { kind: "meta", key, dreg };
}

function setMeta(key: "priority"): Expression {
  return { kind: "meta", key, sreg: FIRST };
}

function and(mask: number, register: number = FIRST, xor = 0): Expression {
  return {
    kind: "bitwise",
    sreg: register,
    dreg: register,
    op: "bool",
    length: 4,
    mask: hostBytes(mask),
    xor: hostBytes(xor),
  };
}

function compare(op: "eq" | "neq", data: Uint8Array): Expression {
  return { kind: "cmp", sreg: FIRST, op, data };
}

function protocolOf(protocol: "tcp" | "udp" | "sctp"): number {
  return { tcp: protocolNumbers.TCP, udp: protocolNumbers.UDP, sctp: protocolNumbers.SCTP }[protocol];
}

/** A name is compared as a whole, with its zeros; a prefix without. */
function interfaceName(name: string, prefix: boolean): Uint8Array {
  const bytes = Buffer.from(name, "latin1");
  return prefix ? bytes : Buffer.concat([bytes], IFNAMSIZ);
}

/** Words 0, 4, 8 and 12 go by the numbers of the 16-byte registers that start there, as nft has it. */
function registerAt(word: number): number {
  return word % 4 === 0 ? 1 + word / 4 : 8 + word;
}

function hostBytes(value: number): Uint8Array {
  return Buffer.from(hostNumber(value), "latin1");
}
