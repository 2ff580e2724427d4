/** Looks a register up in a set, or in a map: `[ lookup reg 1 set frontends dreg 1 ]`, `[ lookup reg 1 set cluster-ips 0x1 ]`. */
import { asciiz, attr, optional, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression, formatFlags } from "./define.ts";

const NFTA_LOOKUP_SET = 1;
const NFTA_LOOKUP_SREG = 2;
const NFTA_LOOKUP_DREG = 3;
const NFTA_LOOKUP_SET_ID = 4;
const NFTA_LOOKUP_FLAGS = 5;

export const lookup = expression(
  {
    sreg: attr(NFTA_LOOKUP_SREG, register),
    /** Of a map: where its data goes, 0 for a verdict. */
    dreg: attr(NFTA_LOOKUP_DREG, optional(register)),
    set: attr(NFTA_LOOKUP_SET, asciiz),
    /** Id of a set that the same transaction adds; sets without a name of their own need it. */
    setId: attr(NFTA_LOOKUP_SET_ID, optional(u32be)),
    /** NFT_LOOKUP_F_INV: goes on if there is no such element. */
    flags: attr(NFTA_LOOKUP_FLAGS, optional(u32be)),
  },
  ({ sreg, dreg, set, flags }) =>
    `lookup reg ${sreg} set ${set}${dreg === undefined ? "" : ` dreg ${dreg}`}${formatFlags(flags, "")}`,
);
