/** Ends the rule where packets come too often: `[ limit rate 10/second burst 5 type packets flags 0x0 ]`. */
import { attr, named, optional, u32be, u64be } from "../../codec/index.ts";
import { expression } from "./define.ts";

const NFTA_LIMIT_RATE = 1;
const NFTA_LIMIT_UNIT = 2;
const NFTA_LIMIT_BURST = 3;
const NFTA_LIMIT_TYPE = 4;
const NFTA_LIMIT_FLAGS = 5;

const units = new Map([
  [1n, "second"],
  [60n, "minute"],
  [3600n, "hour"],
  [86400n, "day"],
  [604800n, "week"],
]);

export const limit = expression(
  {
    rate: attr(NFTA_LIMIT_RATE, u64be),
    /** Seconds that the rate is for. */
    unit: attr(NFTA_LIMIT_UNIT, u64be),
    burst: attr(NFTA_LIMIT_BURST, optional(u32be)),
    type: attr(NFTA_LIMIT_TYPE, named(u32be, { packets: 0, bytes: 1 })),
    /** NFT_LIMIT_F_INV: goes on where packets come too often. */
    flags: attr(NFTA_LIMIT_FLAGS, optional(u32be)),
  },
  ({ rate, unit, burst = 0, type, flags = 0 }) =>
    `limit rate ${rate}/${units.get(unit) ?? unit} burst ${burst} type ${type} flags 0x${flags.toString(16)}`,
);
