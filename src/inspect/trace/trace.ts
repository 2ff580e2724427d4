/** Trace: the way of one packet through a cluster, step by step, as data. */
import type {
  EndpointChoice,
  FrontendKind,
  MasqueradeReason,
  Protocol,
  SourceScope,
} from "../../forwarding/index.ts";

export interface TraceQuery {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** A client somewhere outside the cluster, if absent. */
  readonly from?: TraceSource;
  /** Name of the node that the packet comes to; needed only where the address does not tell. */
  readonly node?: string;
}

export type TraceSource =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "pod"; readonly namespace: string; readonly name: string };

export interface Trace {
  readonly query: TraceQuery;
  /** In the order in which a packet meets them. */
  readonly steps: readonly TraceStep[];
  readonly verdict: "forward" | "reject" | "drop" | "not-ours";
  /** `address:port` of each endpoint that may get the packet; one of them does. */
  readonly backends: readonly string[];
}

export type TraceStep =
  | SourceStep
  | NodeStep
  | FrontendStep
  | NobodyStep
  | PolicyStep
  | SourceRangesStep
  | EndpointsStep
  | AffinityStep
  | RewriteStep;

export interface SourceStep {
  readonly kind: "source";
  /** Absent: some address outside the cluster. */
  readonly address?: string;
  readonly scope: SourceScope;
  /** `namespace/name` of the pod that it is. */
  readonly pod?: string;
  /** The node that it is, or that it runs on. */
  readonly node?: string;
}

/** The node whose proxy decides. */
export interface NodeStep {
  readonly kind: "node";
  readonly name: string;
  readonly ready: boolean;
  readonly because: "has-the-address" | "runs-the-source" | "asked-for" | "first-by-name";
}

export interface FrontendStep {
  readonly kind: "frontend";
  readonly frontend: FrontendKind;
  /** `namespace/name` */
  readonly service: string;
  readonly serviceType: string;
  /** Name of the Service's port; "" for an unnamed one. */
  readonly portName: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly nodePort?: number;
}

/** No Service is addressed. */
export interface NobodyStep {
  readonly kind: "nobody";
  readonly reason: "no-frontend" | "not-a-node-port-address";
  /** The address is a Service's own, so a proxy in the kernel refuses instead of letting the packet out to nowhere. */
  readonly isClusterAddress: boolean;
  /** Sentences on what comes near to it, and what to do. */
  readonly hints: readonly string[];
}

export interface PolicyStep {
  readonly kind: "policy";
  readonly field: "externalTrafficPolicy" | "internalTrafficPolicy";
  readonly value: "Cluster" | "Local";
  /** The policy is Local, but does not bind the node's own traffic and its pods'. */
  readonly shortCircuited: boolean;
}

export interface SourceRangesStep {
  readonly kind: "source-ranges";
  readonly ranges: readonly string[];
  readonly allowed: boolean;
}

export interface EndpointsStep {
  readonly kind: "endpoints";
  /** Absent where none is left. */
  readonly choice?: EndpointChoice;
  readonly endpoints: readonly ExplainedEndpoint[];
}

export interface ExplainedEndpoint {
  readonly address: string;
  readonly port: number;
  /** `namespace/name` */
  readonly pod?: string;
  readonly node?: string;
  readonly zone?: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly chosen: boolean;
  readonly because: EndpointVerdict;
}

export type EndpointVerdict =
  | "ready"
  | "last-resort"
  | "not-ready"
  | "not-serving"
  | "terminating"
  | "on-another-node"
  | "hinted-elsewhere";

export interface AffinityStep {
  readonly kind: "affinity";
  readonly seconds: number;
}

export interface RewriteStep {
  readonly kind: "rewrite";
  readonly source: "kept" | "masqueraded";
  readonly because: MasqueradeReason | "policy-local" | "local-pod-to-cluster-ip";
  /** `address:port` of the endpoint that is the client itself. */
  readonly hairpin?: string;
}
