/** Leads packets to this machine: `[ redir proto_min reg 1 flags 0x2 ]`. */
import { attr, optional, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression, formatFlags, formatRegister } from "./define.ts";

const NFTA_REDIR_REG_PROTO_MIN = 1;
const NFTA_REDIR_REG_PROTO_MAX = 2;
const NFTA_REDIR_FLAGS = 3;

export const redir = expression(
  {
    portMin: attr(NFTA_REDIR_REG_PROTO_MIN, optional(register)),
    portMax: attr(NFTA_REDIR_REG_PROTO_MAX, optional(register)),
    /** NF_NAT_RANGE_…. */
    flags: attr(NFTA_REDIR_FLAGS, optional(u32be)),
  },
  ({ flags, portMin, portMax }) =>
    `redir${formatRegister("proto_min", portMin)}${formatRegister("proto_max", portMax)}${formatFlags(flags)}`,
);
