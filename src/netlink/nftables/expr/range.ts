/** Ends the rule unless a register is within bounds, both included: `[ range eq reg 1 0x00005000 0x00005a00 ]`. */
import { attr, named, u32be } from "../../codec/index.ts";
import { formatValue, value } from "../data.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_RANGE_SREG = 1;
const NFTA_RANGE_OP = 2;
const NFTA_RANGE_FROM_DATA = 3;
const NFTA_RANGE_TO_DATA = 4;

export const range = expression(
  {
    sreg: attr(NFTA_RANGE_SREG, register),
    op: attr(NFTA_RANGE_OP, named(u32be, { eq: 0, neq: 1 })),
    from: attr(NFTA_RANGE_FROM_DATA, value),
    to: attr(NFTA_RANGE_TO_DATA, value),
  },
  ({ sreg, op, from, to }) => `range ${op} reg ${sreg} ${formatValue(from)} ${formatValue(to)}`,
);
