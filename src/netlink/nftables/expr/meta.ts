/** What the kernel knows of the packet: `[ meta load l4proto => reg 1 ]`, `[ meta set priority with reg 1 ]`. */
import { attr, named, optional, u32be } from "../../codec/index.ts";
import { register } from "../register.ts";
import { expression } from "./define.ts";

const NFTA_META_DREG = 1;
const NFTA_META_KEY = 2;
const NFTA_META_SREG = 3;

/** enum nft_meta_keys, by libnftnl's names. */
export const metaKeys = {
  len: 0,
  protocol: 1,
  priority: 2,
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  iiftype: 8,
  oiftype: 9,
  skuid: 10,
  skgid: 11,
  nftrace: 12,
  rtclassid: 13,
  secmark: 14,
  nfproto: 15,
  l4proto: 16,
  bri_iifname: 17,
  bri_oifname: 18,
  pkttype: 19,
  cpu: 20,
  iifgroup: 21,
  oifgroup: 22,
  cgroup: 23,
  prandom: 24,
  secpath: 25,
  iifkind: 26,
  oifkind: 27,
  bri_iifpvid: 28,
  bri_iifvproto: 29,
  time: 30,
  day: 31,
  hour: 32,
  sdif: 33,
  sdifname: 34,
} as const;

export const meta = expression(
  {
    key: attr(NFTA_META_KEY, named(u32be, metaKeys)),
    /** Of a load. */
    dreg: attr(NFTA_META_DREG, optional(register)),
    /** Of a set. */
    sreg: attr(NFTA_META_SREG, optional(register)),
  },
  ({ key, dreg, sreg }) =>
    sreg === undefined ? `meta load ${key} => reg ${dreg}` : `meta set ${key} with reg ${sreg}`,
);
