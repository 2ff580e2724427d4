/** Messages of IPVS, include/uapi/linux/ip_vs.h and net/netfilter/ipvs/ip_vs_ctl.c (kernel 6.1). */
import { addressBytes, formatAddressBytes } from "../../lib/address-bytes.ts";
import {
  asciiz,
  attr,
  bytes,
  type Codec,
  fixed,
  nested,
  optional,
  u16be,
  u16host,
  u32host,
  u64host,
  WireError,
} from "../codec/index.ts";
import { genericFormat } from "../generic/index.ts";
import type { IpvsFamily } from "./ipvs.ts";

export const IPVS_GENL_NAME = "IPVS";
export const IPVS_GENL_VERSION = 1;

export const IPVS_CMD_NEW_SERVICE = 1;
export const IPVS_CMD_SET_SERVICE = 2;
export const IPVS_CMD_DEL_SERVICE = 3;
export const IPVS_CMD_GET_SERVICE = 4;
export const IPVS_CMD_NEW_DEST = 5;
export const IPVS_CMD_SET_DEST = 6;
export const IPVS_CMD_DEL_DEST = 7;
export const IPVS_CMD_GET_DEST = 8;
export const IPVS_CMD_GET_INFO = 15;
export const IPVS_CMD_FLUSH = 17;

export const IP_VS_SVC_F_PERSISTENT = 0x01;
export const IP_VS_SVC_F_SCHED_MASK = 0x38;
/** Of a real server: translate addresses, as a NodePort needs. */
export const IP_VS_CONN_F_MASQ = 0;

export const families = { IPv4: 2, IPv6: 10 } as const;

/** `union nf_inet_addr`: 16 bytes, of which IPv4 fills the first four. Which family it is stands elsewhere. */
const unionAddress: Codec<Uint8Array> = bytes;

export function toUnionAddress(address: string): Uint8Array {
  const part = addressBytes(address);
  if (!part) throw new WireError(`"${address}" is no IP address`).finish("encode");
  const whole = new Uint8Array(16);
  whole.set(part);
  return whole;
}

export function fromUnionAddress(family: IpvsFamily, whole: Uint8Array): string {
  return formatAddressBytes(whole.subarray(0, family === "IPv4" ? 4 : 16));
}

const counters = nested({
  connections: attr(1, optional(u64host)),
  packetsIn: attr(2, optional(u64host)),
  packetsOut: attr(3, optional(u64host)),
  bytesIn: attr(4, optional(u64host)),
  bytesOut: attr(5, optional(u64host)),
});

const service = nested({
  family: attr(1, optional(u16host)),
  protocol: attr(2, optional(u16host)),
  address: attr(3, optional(unionAddress)),
  port: attr(4, optional(u16be)),
  fwmark: attr(5, optional(u32host)),
  scheduler: attr(6, optional(asciiz)),
  flags: attr(7, optional(fixed({ flags: u32host, mask: u32host }))),
  timeout: attr(8, optional(u32host)),
  /** Of IPv4 an address, of IPv6 a length. */
  netmask: attr(9, optional(u32host)),
  counters: attr(12, optional(counters)),
});

const destination = nested({
  address: attr(1, optional(unionAddress)),
  port: attr(2, optional(u16be)),
  forwarding: attr(3, optional(u32host)),
  weight: attr(4, optional(u32host)),
  upperThreshold: attr(5, optional(u32host)),
  lowerThreshold: attr(6, optional(u32host)),
  activeConnections: attr(7, optional(u32host)),
  inactiveConnections: attr(8, optional(u32host)),
  persistentConnections: attr(9, optional(u32host)),
  family: attr(11, optional(u16host)),
});

/** The messages of the family that has this number. */
export function ipvsFormat(family: number) {
  return genericFormat("IPVS", family, {
    service: attr(1, optional(service)),
    destination: attr(2, optional(destination)),
  });
}

export type IpvsFormat = ReturnType<typeof ipvsFormat>;
