/** Sends a copy of the packet to another machine of a link: `[ dup sreg_addr 1 sreg_dev 2 ]`. */
import { attr, optional } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_DUP_SREG_ADDR = 1;
const NFTA_DUP_SREG_DEV = 2;

/** In tables of the families ip and ip6 alone (net/ipv4/netfilter/nft_dup_ipv4.c). The hop limit of the copy is one less. */
export const dup = expression(
  {
    /** The machine's address, of the table's family. */
    address: attr(NFTA_DUP_SREG_ADDR, register),
    /** Index of the link, four bytes in host order. */
    device: attr(NFTA_DUP_SREG_DEV, optional(register)),
  },
  ({ address, device }) => `dup sreg_addr ${address}${device === undefined ? "" : ` sreg_dev ${device}`}`,
);
