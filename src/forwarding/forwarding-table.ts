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
  /** Its share of new connections relative to the others', a whole number; 1 if absent. Dataplanes that cannot weigh take all for equal. */
  readonly weight?: number;
}

/** Which endpoints a Target was made of. */
export interface EndpointChoice {
  /** Of the whole cluster, or of this node only. */
  readonly set: "cluster" | "local";
  /** Endpoints that terminate are chosen only when no ready one is in the set and they still serve. */
  readonly condition: "ready" | "serving-terminating";
  /** Hints by which the cluster set was narrowed. */
  readonly topology: "none" | "node-hints" | "zone-hints";
}

/** What happens to traffic, policy, readiness, termination and topology already taken into account. */
export type Target =
  /** `backends` is never empty, has no key twice, and is ordered by key. */
  | { readonly kind: "forward"; readonly backends: readonly Backend[]; readonly choice?: EndpointChoice }
  /** Nobody serves it anywhere: the client is told at once (TCP reset, ICMP port unreachable). */
  | { readonly kind: "reject"; readonly reason: "no-endpoints" }
  /** Others serve it, this node does not: silence, so that a load balancer in front moves on. */
  | { readonly kind: "drop"; readonly reason: "no-local-endpoints" };

/** One thing that traffic can be addressed to. No two of a table share address (or "any node-port address"), protocol and port. */
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
  /**
   * Whether external traffic's source becomes the node's: false on external frontends with policy Local, else true.
   * `decide` says what that means for the node's own traffic and its pods'.
   */
  readonly masquerade: boolean;
  /** Session affinity by client address, with this time-out. It is one per client and `service`, whatever the frontend. */
  readonly affinitySeconds?: number;
  /** Load-balancer addresses only: sources outside these CIDRs are dropped. */
  readonly sourceRanges?: readonly string[];
  /** The header that a userspace dataplane puts before the client's bytes, where the Service asks for it. TCP only. */
  readonly proxyProtocol?: "v1" | "v2";
  /**
   * Keys of all endpoints that serve, terminating ones too, whatever policy and topology say: a UDP flow may stay on
   * one of them and must leave any other. Absent: those of both targets.
   */
  readonly serving?: readonly string[];
  /**
   * How one of several backends is chosen. `maglev`: by the flow's addresses and ports (`entryOfFlow`), with affinity without the client's port, so that whoever has the same
   * table chooses the same, and a backend that leaves moves its own flows only. Absent: at random.
   */
  readonly spread?: "maglev";
  /**
   * Keys of all backends that established TCP connections may stay on, those that get no new ones too; connections to others are reset.
   * Absent: they stay where they are.
   */
  readonly established?: readonly string[];
}

export interface ForwardingTable {
  readonly node: string;
  /** The node's own addresses that NodePorts answer on: explicit addresses. */
  readonly nodePortAddresses: readonly string[];
  /** All addresses of the node: traffic from them is the node's own. */
  readonly nodeAddresses: readonly string[];
  /** CIDRs of the pods that run on this node: traffic from them is its pods'. */
  readonly podCIDRs: readonly string[];
  /** Where present, the node's pods are known by the interface that their packets come in by, and podCIDRs is empty. */
  readonly podInterfaces?: PodInterfaces;
  /** Ranges that cluster addresses are given out of, where the API tells them: nobody else's traffic may go there. */
  readonly serviceCIDRs?: readonly string[];
  /** What pods send to cluster addresses gets the node's source, too. */
  readonly masqueradeAll?: boolean;
  /** Which bit of a packet's mark a kernel dataplane may use, 0 to 31; 14 if absent. */
  readonly masqueradeBit?: number;
  /** By Frontend key, in the order of keys. */
  readonly frontends: ReadonlyMap<string, Frontend>;
}

/** `bridge`: the one interface of that name. `prefix`: every interface whose name begins so. */
export interface PodInterfaces {
  readonly kind: "bridge" | "prefix";
  readonly name: string;
}
