/** What the page is told of a cluster: rows, each whole and small, and the messages that carry them. Pure types, shared with the page. */

export type EndpointState = "ready" | "not-ready" | "terminating";

/** A tuple, since a large cluster has very many. `node` and `pod` (`namespace/name`) are "" where nobody says. */
export type EndpointRow = readonly [address: string, node: string, pod: string, state: EndpointState];

export interface PortRow {
  /** "" for an unnamed one. */
  readonly name: string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly port: number;
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

export interface ServiceRow {
  /** `namespace/name` */
  readonly key: string;
  readonly type: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
  readonly clusterIPs: readonly string[];
  /** Addresses that a load balancer has given it. */
  readonly balanced: readonly string[];
  readonly externalIPs: readonly string[];
  readonly ports: readonly PortRow[];
  /** externalTrafficPolicy. */
  readonly policy: "Cluster" | "Local";
  /** Ready ones last, so that what is wrong is never left out; at most `mostEndpoints`. */
  readonly endpoints: readonly EndpointRow[];
  readonly ready: number;
  /** Of all endpoints, those that are left out, too. */
  readonly total: number;
  /** metadata.resourceVersion as a number (KEP-5504). */
  readonly revision: number;
  /** The newest of its EndpointSlices; 0 without any. */
  readonly sliceRevision: number;
}

/** Endpoints of one Service that are told one by one. */
export const mostEndpoints = 500;

export interface NodeProxyRow {
  /** `nftables`, `userspace` */
  readonly mode: string;
  /** Revisions up to which it has made everything so. */
  readonly services: number;
  readonly endpointSlices: number;
  /** Frontends. */
  readonly programmed: number;
  readonly failure?: string;
  readonly problems: readonly { readonly service: string; readonly message: string }[];
  readonly moreProblems: number;
  /** It has said so lately. */
  readonly isAlive: boolean;
}

export interface NodeRow {
  readonly name: string;
  /** Those that NodePorts answer on, internal ones first. */
  readonly addresses: readonly string[];
  readonly ready: boolean;
  readonly cordoned: boolean;
  readonly zone: string;
  /** Absent where no proxy of Porthole has ever reported. */
  readonly proxy?: NodeProxyRow;
}

export type Tone = "good" | "bad" | "neutral";

/** Something that happened, in a sentence. One of the same `id` that comes later takes its place. */
export interface TimelineEntry {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** How many changes it stands for. */
  readonly count: number;
  /** `Service default/web`, `Node node-1`; "" for many. */
  readonly object: string;
  readonly text: string;
  readonly tone: Tone;
}

/** New connections in each second, by `node|service|port` (see rate-key.ts). What nobody measures is absent. */
export type RateRow = readonly [key: string, perSecond: number];

export interface ClusterContext {
  /** Address of the API server. */
  readonly server: string;
}

export type StreamMessage =
  | {
      readonly kind: "snapshot";
      readonly context: ClusterContext;
      /** False while the cluster is being read: what is absent may come yet. */
      readonly complete: boolean;
      readonly services: readonly ServiceRow[];
      readonly nodes: readonly NodeRow[];
      readonly timeline: readonly TimelineEntry[];
    }
  | {
      readonly kind: "changes";
      readonly services: readonly ServiceRow[];
      readonly nodes: readonly NodeRow[];
      /** Keys of Services and names of nodes that are gone. */
      readonly goneServices: readonly string[];
      readonly goneNodes: readonly string[];
      readonly timeline: readonly TimelineEntry[];
      /** All that are known, when they were measured anew. */
      readonly rates?: readonly RateRow[];
    }
  /** Says that the connection lives. */
  | { readonly kind: "beat" };
