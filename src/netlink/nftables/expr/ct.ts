/** What connection tracking knows: `[ ct load state => reg 1 ]`, `[ ct load dst_ip => reg 1 , dir original ]`. */
import { attr, named, optional, u8, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_CT_DREG = 1;
const NFTA_CT_KEY = 2;
const NFTA_CT_DIRECTION = 3;
const NFTA_CT_SREG = 4;

/** enum nft_ct_keys, by libnftnl's names. */
const keys = {
  state: 0,
  direction: 1,
  status: 2,
  mark: 3,
  secmark: 4,
  expiration: 5,
  helper: 6,
  l3protocol: 7,
  src: 8,
  dst: 9,
  protocol: 10,
  proto_src: 11,
  proto_dst: 12,
  label: 13,
  packets: 14,
  bytes: 15,
  avgpkt: 16,
  zone: 17,
  event: 18,
  src_ip: 19,
  dst_ip: 20,
  src_ip6: 21,
  dst_ip6: 22,
  ctid: 23,
} as const;

/** enum ip_conntrack_dir; of the key `direction`, one byte. */
export const ctDirection = { original: 0, reply: 1 } as const;

export const ct = expression(
  {
    key: attr(NFTA_CT_KEY, named(u32be, keys)),
    /** Of a load. */
    dreg: attr(NFTA_CT_DREG, optional(register)),
    /** Of addresses and ports. */
    direction: attr(NFTA_CT_DIRECTION, optional(named(u8, ctDirection))),
    /** Of a set. */
    sreg: attr(NFTA_CT_SREG, optional(register)),
  },
  ({ key, dreg, direction, sreg }) => {
    if (sreg !== undefined) return `ct set ${key} with reg ${sreg}`;
    return `ct load ${key} => reg ${dreg}${direction === undefined ? "" : ` , dir ${direction}`}`;
  },
);

/** Bits of the key `state`: NF_CT_STATE_BIT of enum ip_conntrack_info. Four bytes in host order. */
export const ctState = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const;
/** Bits of the key `status`: enum ip_conntrack_status. Four bytes in host order. */
export const ctStatus = {
  expected: 1,
  "seen-reply": 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
} as const;
