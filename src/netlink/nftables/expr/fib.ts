/** What the routing table says: `[ fib daddr type => reg 1 ]`. */
import { attr, named, u32be } from "../../codec/index.ts";
import {
  NFTA_FIB_F_DADDR,
  NFTA_FIB_F_IIF,
  NFTA_FIB_F_MARK,
  NFTA_FIB_F_OIF,
  NFTA_FIB_F_PRESENT,
  NFTA_FIB_F_SADDR,
} from "../constants.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_FIB_DREG = 1;
const NFTA_FIB_RESULT = 2;
const NFTA_FIB_FLAGS = 3;

const flagNames: readonly (readonly [number, string])[] = [
  [NFTA_FIB_F_SADDR, "saddr"],
  [NFTA_FIB_F_DADDR, "daddr"],
  [NFTA_FIB_F_MARK, "mark"],
  [NFTA_FIB_F_IIF, "iif"],
  [NFTA_FIB_F_OIF, "oif"],
];

export const fib = expression(
  {
    /** NFTA_FIB_F_…: what of the packet is looked up. */
    flags: attr(NFTA_FIB_FLAGS, u32be),
    result: attr(NFTA_FIB_RESULT, named(u32be, { oif: 1, oifname: 2, type: 3 })),
    /** Four bytes in host order: for `type` RTN_…, 2 is an address of this machine. */
    dreg: attr(NFTA_FIB_DREG, register),
  },
  ({ flags, result, dreg }) => {
    const names = flagNames.filter(([bit]) => flags & bit).map(([, name]) => name);
    return `fib ${names.join(" . ")} ${result}${flags & NFTA_FIB_F_PRESENT ? " present" : ""} => reg ${dreg}`;
  },
);
