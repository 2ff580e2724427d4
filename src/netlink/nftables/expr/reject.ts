/** Tells the sender that nobody is there: `[ reject type 1 code 0 ]`. */
import { attr, named, optional, u8, u32be } from "../../codec/index.ts";
import { expression } from "./define.ts";

const NFTA_REJECT_TYPE = 1;
const NFTA_REJECT_ICMP_CODE = 2;

const types = { icmp: 0, "tcp-reset": 1, icmpx: 2 } as const;

export const reject = expression(
  {
    /** `icmp` is the table's own version; `icmpx` leaves the choice to the kernel, in tables for both. */
    type: attr(NFTA_REJECT_TYPE, named(u32be, types)),
    /** ICMP_PORT_UNREACH, ICMPV6_PORT_UNREACH, NFT_REJECT_ICMPX_PORT_UNREACH; 0 for `tcp-reset`, which the kernel leaves out. */
    code: attr(NFTA_REJECT_ICMP_CODE, optional(u8)),
  },
  ({ type, code = 0 }) => `reject type ${typeof type === "number" ? type : types[type]} code ${code}`,
);
