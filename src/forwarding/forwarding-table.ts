/**
 * ForwardingTable: what one node must do with Service traffic, in full, with nothing left to look up.
 * A frozen value; below this folder nobody sees a Kubernetes object.
 */
export type Family = "IPv4" | "IPv6";
export type Protocol = "TCP" | "UDP" | "SCTP";
export type FrontendKind = "ClusterIP" | "NodePort" | "ExternalIP" | "LoadBalancerIP";

export interface ServicePortName {
  readonly namespace: string;
  readonly name: string;
  /** The port's name; "" for the only, unnamed port. */
  readonly port: string;
}

/** One place that traffic can be led to. `key` is `address:port`, IPv6 in brackets. */
export interface Backend {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  /** It runs on this node. */
  readonly local: boolean;
}

/** What happens to traffic, policy, readiness, termination and topology already taken into account. */
export type Target =
  | { readonly kind: "forward"; readonly backends: readonly Backend[] }
  /** Nobody serves it anywhere: the client is told at once (TCP reset, ICMP port unreachable). */
  | { readonly kind: "reject"; readonly reason: string }
  /** Others serve it, this node does not: silence, so that a load balancer in front moves on. */
  | { readonly kind: "drop"; readonly reason: string };

/** One thing that traffic can be addressed to. */
export interface Frontend {
  /** Unique, stable, printable: `NodePort/IPv4/TCP/*:30080`, `ClusterIP/IPv4/TCP/10.96.0.1:443`. */
  readonly key: string;
  readonly kind: FrontendKind;
  readonly family: Family;
  /** Absent for a NodePort: any of the table's node-port addresses of that family. */
  readonly address?: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly service: ServicePortName;
  /** For traffic that comes from outside this node. */
  readonly external: Target;
  /** For traffic of this node and of its own pods: external policies are short-circuited for it. */
  readonly internal: Target;
  /** Whether external traffic's source becomes the node's: policy Cluster on external frontends. */
  readonly masquerade: boolean;
  /** Session affinity by client address, with this time-out. */
  readonly affinitySeconds?: number;
  /** Load-balancer addresses only: sources outside these CIDRs are dropped. */
  readonly sourceRanges?: readonly string[];
  /** The header that a userspace dataplane puts before the client's bytes, where the Service asks for it. */
  readonly proxyProtocol?: "v1" | "v2";
}

export interface ForwardingTable {
  readonly node: string;
  /** The node's own addresses that NodePorts answer on: explicit addresses. */
  readonly nodePortAddresses: readonly string[];
  /** By Frontend key, in the order of keys. */
  readonly frontends: ReadonlyMap<string, Frontend>;
}
