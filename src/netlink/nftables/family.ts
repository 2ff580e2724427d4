/** Address families of tables: NFPROTO_… of include/uapi/linux/netfilter.h. */
export const familyNumber = { inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 } as const;

export type Family = keyof typeof familyNumber;

/** Throws RangeError if it is no family of nf_tables. */
export function asFamily(value: string | number): Family {
  if (typeof value === "string" && value in familyNumber) return value as Family;
  throw new RangeError(`Cannot read a message of nf_tables: there is no family ${value}`);
}
