/** `[ bitwise reg 1 = ( reg 1 & 0x1fffffff ) ^ 0x00000000 ]`, `[ bitwise reg 1 = ( reg 1 << 0x00000004 ) ]`. */
import { attr, named, optional, u32be } from "../../codec/index.ts";
import { formatValue, value } from "../data.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_BITWISE_SREG = 1;
const NFTA_BITWISE_DREG = 2;
const NFTA_BITWISE_LEN = 3;
const NFTA_BITWISE_MASK = 4;
const NFTA_BITWISE_XOR = 5;
const NFTA_BITWISE_OP = 6;
const NFTA_BITWISE_DATA = 7;

const signs: Readonly<Record<string, string>> = { lshift: "<<", rshift: ">>" };

/** NOTE: OR with x is the mask ~x and the xor x. Shifts work on words in host order. */
export const bitwise = expression(
  {
    sreg: attr(NFTA_BITWISE_SREG, register),
    dreg: attr(NFTA_BITWISE_DREG, register),
    /** `bool` if left out. */
    op: attr(NFTA_BITWISE_OP, optional(named(u32be, { bool: 0, lshift: 1, rshift: 2 }))),
    length: attr(NFTA_BITWISE_LEN, u32be),
    /** Of `bool`, as xor: `length` bytes. */
    mask: attr(NFTA_BITWISE_MASK, optional(value)),
    xor: attr(NFTA_BITWISE_XOR, optional(value)),
    /** Of shifts: the number of bits, four bytes in host order. */
    data: attr(NFTA_BITWISE_DATA, optional(value)),
  },
  ({ sreg, dreg, op = "bool", mask, xor, data }) => {
    const sign = signs[op];
    if (sign) return `bitwise reg ${dreg} = ( reg ${sreg} ${sign} ${data ? formatValue(data) : ""} )`;
    return `bitwise reg ${dreg} = ( reg ${sreg} & ${mask ? formatValue(mask) : ""} ) ^ ${xor ? formatValue(xor) : ""}`;
  },
);
