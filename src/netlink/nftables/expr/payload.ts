/** Bytes of the packet: `[ payload load 2b @ transport header + 2 => reg 1 ]`, or written to it. */
import { attr, named, optional, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_PAYLOAD_DREG = 1;
const NFTA_PAYLOAD_BASE = 2;
const NFTA_PAYLOAD_OFFSET = 3;
const NFTA_PAYLOAD_LEN = 4;
const NFTA_PAYLOAD_SREG = 5;
const NFTA_PAYLOAD_CSUM_TYPE = 6;
const NFTA_PAYLOAD_CSUM_OFFSET = 7;
const NFTA_PAYLOAD_CSUM_FLAGS = 8;

export const payload = expression(
  {
    /** Of a write. */
    sreg: attr(NFTA_PAYLOAD_SREG, optional(register)),
    /** Of a load. */
    dreg: attr(NFTA_PAYLOAD_DREG, optional(register)),
    base: attr(NFTA_PAYLOAD_BASE, named(u32be, { link: 0, network: 1, transport: 2, inner: 3 })),
    offset: attr(NFTA_PAYLOAD_OFFSET, u32be),
    length: attr(NFTA_PAYLOAD_LEN, u32be),
    checksumType: attr(NFTA_PAYLOAD_CSUM_TYPE, optional(u32be)),
    checksumOffset: attr(NFTA_PAYLOAD_CSUM_OFFSET, optional(u32be)),
    checksumFlags: attr(NFTA_PAYLOAD_CSUM_FLAGS, optional(u32be)),
  },
  ({ sreg, dreg, base, offset, length, checksumType = 0, checksumOffset = 0, checksumFlags = 0 }) => {
    const place = `${length}b @ ${base} header + ${offset}`;
    if (sreg === undefined) return `payload load ${place} => reg ${dreg}`;
    const checksum = `csum_type ${checksumType} csum_off ${checksumOffset} csum_flags 0x${checksumFlags.toString(16)}`;
    return `payload write reg ${sreg} => ${place} ${checksum}`;
  },
);
