/** Ends the rule unless a register compares: `[ cmp eq reg 1 0x00000006 ]`. */
import { attr, named, u32be } from "../../codec/index.ts";
import { formatValue, value } from "../data.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_CMP_SREG = 1;
const NFTA_CMP_OP = 2;
const NFTA_CMP_DATA = 3;

/** Larger and smaller are those of the bytes from left to right: numbers must be in network order. */
export const cmp = expression(
  {
    sreg: attr(NFTA_CMP_SREG, register),
    op: attr(NFTA_CMP_OP, named(u32be, { eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5 })),
    data: attr(NFTA_CMP_DATA, value),
  },
  ({ sreg, op, data }) => `cmp ${op} reg ${sreg} ${formatValue(data)}`,
);
