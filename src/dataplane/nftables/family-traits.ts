/** What differs between the tables of the two address families. */
import type { Family } from "../../forwarding/forwarding-table.ts";
import { TABLE } from "./names.ts";

export interface FamilyTraits {
  readonly family: Family;
  /** As nft calls it. */
  readonly name: "ip" | "ip6";
  readonly table: string;
  readonly addressBytes: 4 | 16;
  /** Where the header has the addresses: RFC 791, RFC 8200. */
  readonly offsets: { readonly saddr: number; readonly daddr: number };
  /** ICMP_PORT_UNREACH, ICMPV6_PORT_UNREACH. */
  readonly portUnreachable: number;
}

export const familyTraits: Readonly<Record<Family, FamilyTraits>> = {
  IPv4: {
    family: "IPv4",
    name: "ip",
    table: TABLE,
    addressBytes: 4,
    offsets: { saddr: 12, daddr: 16 },
    portUnreachable: 3,
  },
  IPv6: {
    family: "IPv6",
    name: "ip6",
    table: TABLE,
    addressBytes: 16,
    offsets: { saddr: 8, daddr: 24 },
    portUnreachable: 4,
  },
};
