/** Counts what comes by: `[ counter pkts 0 bytes 0 ]`. */
import { attr, optional, u64be } from "../../codec/index.ts";
import { expression } from "./define.ts";

const NFTA_COUNTER_BYTES = 1;
const NFTA_COUNTER_PACKETS = 2;

export const counter = expression(
  {
    /** 0 if left out, as `packets`. */
    bytes: attr(NFTA_COUNTER_BYTES, optional(u64be)),
    packets: attr(NFTA_COUNTER_PACKETS, optional(u64be)),
  },
  ({ bytes = 0n, packets = 0n }) => `counter pkts ${packets} bytes ${bytes}`,
);
