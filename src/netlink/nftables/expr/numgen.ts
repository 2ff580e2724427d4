/** A number below a bound: `[ numgen reg 9 = random mod 2 ]`. Four bytes in host order. */
import { attr, named, optional, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_NG_DREG = 1;
const NFTA_NG_MODULUS = 2;
const NFTA_NG_TYPE = 3;
const NFTA_NG_OFFSET = 4;

export const numgenTypes = { inc: 0, random: 1 } as const;

export const numgen = expression(
  {
    dreg: attr(NFTA_NG_DREG, register),
    modulus: attr(NFTA_NG_MODULUS, u32be),
    type: attr(NFTA_NG_TYPE, named(u32be, numgenTypes)),
    /** Added to the number; 0 if left out. */
    offset: attr(NFTA_NG_OFFSET, optional(u32be)),
  },
  ({ dreg, modulus, type, offset }) =>
    `numgen reg ${dreg} = ${type} mod ${modulus}${offset ? ` offset ${offset}` : ""}`,
);
