/** Turns numbers between the machine's and network order: `[ byteorder reg 9 = hton(reg 9, 2, 1) ]`. */
import { attr, named, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_BYTEORDER_SREG = 1;
const NFTA_BYTEORDER_DREG = 2;
const NFTA_BYTEORDER_OP = 3;
const NFTA_BYTEORDER_LEN = 4;
const NFTA_BYTEORDER_SIZE = 5;

export const byteorder = expression(
  {
    sreg: attr(NFTA_BYTEORDER_SREG, register),
    dreg: attr(NFTA_BYTEORDER_DREG, register),
    op: attr(NFTA_BYTEORDER_OP, named(u32be, { ntoh: 0, hton: 1 })),
    /** Bytes in all. */
    length: attr(NFTA_BYTEORDER_LEN, u32be),
    /** Bytes of each number: 2, 4 or 8. */
    size: attr(NFTA_BYTEORDER_SIZE, u32be),
  },
  ({ sreg, dreg, op, length, size }) => `byteorder reg ${dreg} = ${op}(reg ${sreg}, ${size}, ${length})`,
);
