/** How the kernel tells of expressions that it was given: nothing is left to defaults, and registers have one name each. */
import { NF_NAT_RANGE_MAP_IPS, NF_NAT_RANGE_PROTO_SPECIFIED } from "./constants.ts";
import type { Expression } from "./expr/expression.ts";

type Of<K extends Expression["kind"]> = Extract<Expression, { readonly kind: K }>;

/**
 * Returns an expression as the kernel lists it, so that what was sent can be compared with what is there. Names of sets that have none
 * of their own (`__set%d`) stay as they were sent. Verified against kernel 6.18.
 */
export function listedForm(expression: Expression): Expression {
  const { setId: _, ...value } = withListedRegisters(expression) as Expression & { setId?: number };
  switch (value.kind) {
    case "payload":
      return value.sreg === undefined ? value : { ...noChecksum, ...value };
    case "lookup":
      return { ...value, flags: value.flags ?? 0 };
    case "dynset":
      return { ...value, timeoutMs: value.timeoutMs ?? 0n, flags: value.flags ?? 0 };
    case "nat":
      return listedNat(value);
    case "masq":
    case "redir":
      return listedPorts(value);
    case "reject": {
      const { code, ...rest } = value;
      return value.type === "tcp-reset" ? rest : value;
    }
    case "bitwise":
      return { ...value, op: value.op ?? "bool" };
    case "counter":
      return { ...value, bytes: value.bytes ?? 0n, packets: value.packets ?? 0n };
    case "limit":
      return { ...value, burst: value.burst ?? 0, flags: value.flags ?? 0 };
    case "numgen":
      return { ...value, offset: value.offset ?? 0 };
    case "hash":
      return listedHash(value);
    default:
      return value;
  }
}

const noChecksum = { checksumType: 0, checksumOffset: 0, checksumFlags: 0 };

function listedNat(value: Of<"nat">): Expression {
  const { addressMin, portMin, addressMax = addressMin, portMax = portMin } = value;
  const flags =
    (value.flags ?? 0) |
    (addressMin === undefined ? 0 : NF_NAT_RANGE_MAP_IPS) |
    (portMin === undefined ? 0 : NF_NAT_RANGE_PROTO_SPECIFIED);
  return {
    ...value,
    ...(addressMax !== undefined && { addressMax }),
    ...(portMax !== undefined && { portMax }),
    ...(flags && { flags }),
  };
}

function listedPorts<T extends Of<"masq"> | Of<"redir">>(value: T): T {
  const { portMin, portMax = portMin } = value;
  const flags = (value.flags ?? 0) | (portMin === undefined ? 0 : NF_NAT_RANGE_PROTO_SPECIFIED);
  return { ...value, ...(portMax !== undefined && { portMax }), ...(flags && { flags }) };
}

function listedHash({ offset, ...value }: Of<"hash">): Expression {
  return { ...value, ...(offset ? { offset } : {}) };
}

const registerNames = [
  "sreg",
  "dreg",
  "addressMin",
  "addressMax",
  "portMin",
  "portMax",
  "keyRegister",
  "dataRegister",
] as const;

/** Words 8, 12, 16 and 20 are where the registers 1 to 4 begin (nft_dump_register). */
function withListedRegisters(expression: Expression): Expression {
  const changed: Record<string, number> = {};
  const values = expression as Readonly<Record<string, unknown>>;
  for (const name of registerNames) {
    const register = values[name];
    if (typeof register === "number" && register >= 8 && register % 4 === 0) changed[name] = register / 4 - 1;
  }
  return { ...expression, ...changed } as Expression;
}
