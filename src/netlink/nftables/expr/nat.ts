/** Translates addresses and ports: `[ nat dnat ip addr_min reg 1 proto_min reg 9 ]`. */
import { attr, named, optional, u32be } from "../../codec/index.ts";
import { familyNumber } from "../family.ts";
import { register } from "../register.ts";
import { expression, formatFlags, formatRegister } from "./define.ts";

const NFTA_NAT_TYPE = 1;
const NFTA_NAT_FAMILY = 2;
const NFTA_NAT_REG_ADDR_MIN = 3;
const NFTA_NAT_REG_ADDR_MAX = 4;
const NFTA_NAT_REG_PROTO_MIN = 5;
const NFTA_NAT_REG_PROTO_MAX = 6;
const NFTA_NAT_FLAGS = 7;

export const nat = expression(
  {
    type: attr(NFTA_NAT_TYPE, named(u32be, { snat: 0, dnat: 1 })),
    family: attr(NFTA_NAT_FAMILY, named(u32be, { ip: familyNumber.ip, ip6: familyNumber.ip6 })),
    addressMin: attr(NFTA_NAT_REG_ADDR_MIN, optional(register)),
    addressMax: attr(NFTA_NAT_REG_ADDR_MAX, optional(register)),
    portMin: attr(NFTA_NAT_REG_PROTO_MIN, optional(register)),
    portMax: attr(NFTA_NAT_REG_PROTO_MAX, optional(register)),
    /** NF_NAT_RANGE_…. Ports must be in network order. */
    flags: attr(NFTA_NAT_FLAGS, optional(u32be)),
  },
  ({ type, family, addressMin, addressMax, portMin, portMax, flags }) =>
    `nat ${type} ${family}${formatRegister("addr_min", addressMin)}${formatRegister("addr_max", addressMax)}` +
    `${formatRegister("proto_min", portMin)}${formatRegister("proto_max", portMax)}${formatFlags(flags)}`,
);
