/** What differs between the address families. */
import type { Family } from "../../forwarding/forwarding-table.ts";

export interface FamilyTraits {
  readonly family: Family;
  /** What the programs' names begin with. */
  readonly program: "iptables" | "ip6tables";
  /** Of an address. */
  readonly bits: 32 | 128;
  /** How a whole address is written as the mask of `-m recent`. */
  readonly wholeMask: string;
  readonly portUnreachable: "icmp-port-unreachable" | "icmp6-port-unreachable";
  readonly loopback: string;
}

export const familyTraits: Readonly<Record<Family, FamilyTraits>> = {
  IPv4: {
    family: "IPv4",
    program: "iptables",
    bits: 32,
    wholeMask: "255.255.255.255",
    portUnreachable: "icmp-port-unreachable",
    loopback: "127.0.0.0/8",
  },
  IPv6: {
    family: "IPv6",
    program: "ip6tables",
    bits: 128,
    wholeMask: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    portUnreachable: "icmp6-port-unreachable",
    loopback: "::1/128",
  },
};
