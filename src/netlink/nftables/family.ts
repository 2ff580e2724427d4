/** Address families of tables. */
import { fixed, named, u8, u16be } from "../codec/index.ts";

/** NFPROTO_… of include/uapi/linux/netfilter.h. */
const families = { inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 } as const;
export type Family = keyof typeof families;

export const familyNumber: Readonly<Record<Family, number>> = families;

/** `struct nfgenmsg`. */
export const nfgenmsg = fixed({ family: named(u8, families), version: u8, resource: u16be });

/** Returns the family's name. Throws RangeError if it is none of nf_tables'. */
export function asFamily(value: string | number): Family {
  if (typeof value === "string" && value in families) return value as Family;
  throw new RangeError(`Cannot read a message of nf_tables: there is no family ${value}`);
}
