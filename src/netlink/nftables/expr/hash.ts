/** A hash below a bound: `[ hash reg 1 = jhash(reg 2, 8, 0xdead) % mod 7 offset 3 ]`, `[ hash reg 1 = symhash() % mod 5 ]`. */
import { attr, named, optional, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_HASH_SREG = 1;
const NFTA_HASH_DREG = 2;
const NFTA_HASH_LEN = 3;
const NFTA_HASH_MODULUS = 4;
const NFTA_HASH_SEED = 5;
const NFTA_HASH_OFFSET = 6;
const NFTA_HASH_TYPE = 7;

export const hash = expression(
  {
    /** Of jhash. */
    sreg: attr(NFTA_HASH_SREG, optional(register)),
    dreg: attr(NFTA_HASH_DREG, register),
    /** Bytes of `sreg` that count. */
    length: attr(NFTA_HASH_LEN, optional(u32be)),
    modulus: attr(NFTA_HASH_MODULUS, u32be),
    /** Of jhash; the kernel makes one up if it is left out. */
    seed: attr(NFTA_HASH_SEED, optional(u32be)),
    /** Added to the hash; 0 if left out. */
    offset: attr(NFTA_HASH_OFFSET, optional(u32be)),
    type: attr(NFTA_HASH_TYPE, named(u32be, { jhash: 0, symhash: 1 })),
  },
  ({ sreg, dreg, length = 0, modulus, seed = 0, offset, type }) => {
    const argument = type === "symhash" ? "" : `reg ${sreg}, ${length}, 0x${seed.toString(16)}`;
    return `hash reg ${dreg} = ${type}(${argument}) % mod ${modulus}${offset ? ` offset ${offset}` : ""}`;
  },
);
