/** Addresses of a local cluster whose nodes are network namespaces: all follow from one number. Pure. */

/** What a node has, IPv4 first; without IPv6 one of each. */
export interface NodeAddresses {
  /** Its own, without the length of their prefixes. */
  readonly addresses: readonly string[];
  /** Where its pods live. */
  readonly podCidrs: readonly string[];
}

export interface AddressPlan {
  /** Second byte of all its IPv4 addresses. */
  readonly index: number;
  /** Everything that nodes and pods have; the host must have no other use for it. */
  readonly prefixes: readonly string[];
  /** The host's end of the veth pair that leads to the nodes; their default route leads there. */
  readonly host: readonly string[];
  /** More addresses of the host's end, for Services of type LoadBalancer: a range `FIRST-LAST` of each family. */
  readonly loadBalancer: readonly { readonly range: string; readonly addresses: readonly string[] }[];
  /** A machine beside the cluster. */
  readonly client: readonly string[];
  /** For the API server's --service-cluster-ip-range; known inside the nodes alone, so that all clusters may have the same. */
  readonly serviceRange: string;
  /** The Nth node's, from 1 on. */
  node(number: number): NodeAddresses;
}

/** Lengths of the prefix that nodes, host and client share. */
const linkPrefixLengths = { IPv4: 24, IPv6: 64 } as const;
const hostNumber = 1;
/** The first node is .11: what stands below is for the network itself. */
const beforeFirstNode = 10;
const clientNumber = 250;
/** Behind the last node, before the client. */
const loadBalancerNumbers = [240, 241, 242, 243, 244, 245, 246, 247] as const;
/** Unique local addresses (RFC 4193): "port" and "h" in ASCII, then a byte that is the cluster's. */
const ipv6Start = "fd70:6f72:68";
const serviceRanges = { IPv4: "10.96.0.0/16", IPv6: `${ipv6Start}ff::/112` } as const;

/** Private networks, in the order in which they are tried: those that few routers at home or at work hand out come first. */
const ranges = [
  { first: 10, from: 200, to: 249 },
  { first: 172, from: 16, to: 31 },
  { first: 100, from: 64, to: 127 },
] as const;

/** Every index that a cluster may have, in the order in which they are tried. */
export const clusterIndexes: readonly number[] = ranges.flatMap(({ from, to }) =>
  Array.from({ length: to - from + 1 }, (_, offset) => from + offset),
);

/** Throws RangeError for an index that is none of `clusterIndexes`. Nodes are numbered from 1 to 200. */
export function planAddresses(index: number, withIPv6: boolean): AddressPlan {
  const range = ranges.find(({ from, to }) => index >= from && index <= to);
  if (!range) throw new RangeError(`No addresses are set aside for a cluster with the index ${index}`);
  const ipv4 = `${range.first}.${index}`;
  const ipv6 = `${ipv6Start}${index.toString(16).padStart(2, "0")}`;
  const both = (v4: string, v6: string) => (withIPv6 ? [v4, v6] : [v4]);
  // The digits of an IPv4 address stand in the IPv6 one as they are, so that a reader sees whose it is.
  const onLink = (number: number) => both(`${ipv4}.0.${number}`, `${ipv6}::${number}`);
  return {
    index,
    prefixes: both(`${ipv4}.0.0/16`, `${ipv6}::/48`),
    host: onLink(hostNumber),
    loadBalancer: both(`${ipv4}.0.`, `${ipv6}::`).map((start) => {
      const addresses = loadBalancerNumbers.map((number) => start + number);
      return { range: `${addresses[0]}-${addresses.at(-1)}`, addresses };
    }),
    client: onLink(clientNumber),
    serviceRange: both(serviceRanges.IPv4, serviceRanges.IPv6).join(","),
    node: (number) => ({
      addresses: onLink(beforeFirstNode + number),
      podCidrs: both(`${ipv4}.${number}.0/24`, `${ipv6}:${number}::/64`),
    }),
  };
}

/** With the length of the prefix that is reached directly: `10.200.0.11/24`. */
export function onLinkPrefix(address: string): string {
  return `${address}/${linkPrefixLengths[address.includes(":") ? "IPv6" : "IPv4"]}`;
}
