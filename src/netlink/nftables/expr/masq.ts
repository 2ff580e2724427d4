/** Sends packets on under the address of the interface they leave by: `[ masq flags 0x10 ]`. */
import { attr, optional, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression, formatFlags, formatRegister } from "./define.ts";

const NFTA_MASQ_FLAGS = 1;
const NFTA_MASQ_REG_PROTO_MIN = 2;
const NFTA_MASQ_REG_PROTO_MAX = 3;

export const masq = expression(
  {
    /** NF_NAT_RANGE_…; NF_NAT_RANGE_PROTO_RANDOM_FULLY is nft's `fully-random`. */
    flags: attr(NFTA_MASQ_FLAGS, optional(u32be)),
    portMin: attr(NFTA_MASQ_REG_PROTO_MIN, optional(register)),
    portMax: attr(NFTA_MASQ_REG_PROTO_MAX, optional(register)),
  },
  ({ flags, portMin, portMax }) =>
    `masq${formatRegister("proto_min", portMin)}${formatRegister("proto_max", portMax)}${formatFlags(flags)}`,
);
