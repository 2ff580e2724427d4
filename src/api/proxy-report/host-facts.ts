/** HostFacts: how a node's system is set up, as far as it decides whether NodePorts work there. Part of its proxy's report. */

export interface HostFacts {
  /** Whether the system forwards packets at all; absent where it does not have the family. */
  readonly forwards: { readonly IPv4?: boolean; readonly IPv6?: boolean };
  /** net.ipv4.ip_local_port_range: what outgoing connections get. */
  readonly localPorts?: readonly [first: number, last: number];
  /** net.ipv4.ip_local_reserved_ports, as the system prints it: `30000-32767,50000`. */
  readonly reservedPorts?: string;
  /** Interfaces whose reverse path filter is strict (1). */
  readonly strictReversePath: readonly string[];
  /** Connections that are tracked, and how many can be. */
  readonly conntrack?: { readonly entries: number; readonly maximum: number };
  /** Chains that drop what none of their rules takes: `ip filter FORWARD`. */
  readonly dropPolicies: readonly string[];
  /** NodePorts that a program of the node listens on, too: what the kernel forwards never reaches it. `30080/TCP: process 4711 (nginx)` */
  readonly shadowedListeners: readonly string[];
  /** The link that the default route leads to; of IPv4 if there is one. */
  readonly uplink?: LinkSize;
  /** Other links that take larger packets than the uplink. */
  readonly widerLinks?: readonly LinkSize[];
  /** The link to the node's own pods that takes the largest packets. */
  readonly podLink?: LinkSize;
  /** Routes whose links take smaller packets than `podLink`, but for those of the uplink. */
  readonly narrowRoutes?: readonly NarrowRoute[];
  /** Packets that connection tracking could not place, since the system started. */
  readonly invalidPackets?: number;
  /** net.netfilter.nf_conntrack_tcp_be_liberal: packets outside a connection's TCP window are not among them. */
  readonly liberalTcp?: boolean;
  /** Which iptables the proxy runs, if it does: `1.8.9 (nft)`. */
  readonly iptables?: string;
  /** Where kube-proxy's rules are in force: `ip nat KUBE-SERVICES`. */
  readonly kubeProxyRules?: readonly string[];
  /** Rules of others that count on kube-proxy's chains: `ip filter DOCKER-USER -> KUBE-FORWARD`. */
  readonly kubeProxyUsers?: readonly string[];
  /** Where NodePorts answer. */
  readonly nodePortAddresses?: readonly string[];
}

export interface LinkSize {
  readonly name: string;
  /** Bytes of the largest packet. */
  readonly mtu: number;
}

export interface NarrowRoute extends LinkSize {
  /** `10.244.2.0/24` */
  readonly destination: string;
}

/** So many of each are told. */
export const maxNamed = 10;

/** Whether outgoing connections may get the port. */
export function isHandedOut(port: number, { localPorts, reservedPorts = "" }: HostFacts): boolean {
  if (!localPorts || port < localPorts[0] || port > localPorts[1]) return false;
  return !reservedPorts.split(",").some((text) => {
    const [first = "", last = first] = text.trim().split("-");
    return first !== "" && port >= Number(first) && port <= Number(last);
  });
}
