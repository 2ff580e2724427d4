/** Sets a register or the verdict: `[ immediate reg 1 0x00000000 ]`, `[ immediate reg 0 jump -> found ]`. */
import { attr } from "../../codec/index.ts";
import { data } from "../data.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_IMMEDIATE_DREG = 1;
const NFTA_IMMEDIATE_DATA = 2;

export const immediate = expression(
  {
    /** 0 takes a verdict, all others bytes. */
    dreg: attr(NFTA_IMMEDIATE_DREG, register),
    data: attr(NFTA_IMMEDIATE_DATA, data),
  },
  (value) => `immediate reg ${value.dreg} ${data.format(value.data)}`,
);
