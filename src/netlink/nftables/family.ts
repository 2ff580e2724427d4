/** Address families of tables: NFPROTO_… of include/uapi/linux/netfilter.h. */
import { WireError } from "../codec/index.ts";

export const familyNumber = { inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 } as const;

export type Family = keyof typeof familyNumber;

/** Throws WireError if it is no family of nf_tables. */
export function asFamily(value: string | number): Family {
  if (typeof value === "string" && value in familyNumber) return value as Family;
  throw new WireError(`${value} is no family of nf_tables`).within(".family").finish("decode");
}
