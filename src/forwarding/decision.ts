/** Decision: what must happen to one packet, and why, as data. */
import type {
  Backend,
  EndpointChoice,
  Frontend,
  FrontendKind,
  Protocol,
  ServicePortName,
} from "./forwarding-table.ts";

/** Where a packet comes from, seen from the node: from outside, from the node itself, or from one of its pods. */
export type SourceScope = "external" | "node" | "local-pod";

export interface Packet {
  readonly from: { readonly address: string; readonly scope: SourceScope };
  readonly to: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly state?: PacketState;
}

/** What the node remembers of the client; both name a Backend by its key. */
export interface PacketState {
  /** The packet belongs to a connection (or UDP flow) that was led there. */
  readonly established?: string;
  /** The backend that the client used last, for session affinity, and how long ago. */
  readonly affinity?: { readonly backend: string; readonly ageSeconds: number };
}

export type Decision =
  | {
      readonly verdict: "forward";
      readonly frontend: Frontend;
      /** One of these, chosen at random. A single one where affinity or the connection's state leaves no choice. */
      readonly backends: readonly Backend[];
      /**
       * Whether the backend sees the client's address or the node's. NOTE: what is led to an address of the node itself
       * never passes the kernel's postrouting, so there the source is kept though it says masqueraded.
       */
      readonly source: "kept" | "masqueraded";
      /** Key of the backend that is the client itself: on the way to it the source is masqueraded in any case. */
      readonly hairpin?: string;
      /** The choice is to be remembered for the client so long. */
      readonly affinitySeconds?: number;
      readonly reasons: readonly Reason[];
    }
  | { readonly verdict: "reject"; readonly frontend: Frontend; readonly reasons: readonly Reason[] }
  | { readonly verdict: "drop"; readonly frontend: Frontend; readonly reasons: readonly Reason[] }
  /** No Service is addressed: the packet goes where it would go without a proxy. */
  | { readonly verdict: "not-ours"; readonly reasons: readonly Reason[] };

/** One step of the way to a Decision, in the order taken. */
export type Reason =
  | {
      readonly code: "frontend-matched";
      readonly frontend: string;
      readonly kind: FrontendKind;
      readonly service: ServicePortName;
    }
  | { readonly code: "no-frontend"; readonly to: string; readonly protocol: Protocol; readonly port: number }
  /** A NodePort has this number, but the address is none that NodePorts answer on. */
  | { readonly code: "not-a-node-port-address"; readonly to: string; readonly frontend: string }
  | { readonly code: "source-not-in-ranges"; readonly address: string; readonly ranges: readonly string[] }
  /** Policy Local does not bind the node's own traffic and its pods'. */
  | { readonly code: "short-circuited"; readonly scope: "node" | "local-pod" }
  | { readonly code: "no-endpoints" }
  | { readonly code: "no-local-endpoints" }
  | { readonly code: "endpoints-chosen"; readonly choice: EndpointChoice; readonly count: number }
  | { readonly code: "established-connection-kept"; readonly backend: string }
  /** A UDP flow's endpoint does not serve any more: the flow is led elsewhere. */
  | { readonly code: "flow-moved"; readonly from: string }
  | { readonly code: "affinity-kept"; readonly backend: string; readonly remainingSeconds: number }
  | { readonly code: "affinity-expired"; readonly backend: string }
  | { readonly code: "affinity-backend-gone"; readonly backend: string }
  | { readonly code: "source-kept"; readonly because: "policy-local" | "local-pod-to-cluster-ip" }
  | { readonly code: "source-masqueraded"; readonly because: MasqueradeReason }
  | { readonly code: "hairpin"; readonly backend: string };

export type MasqueradeReason = "policy-cluster" | "node-traffic" | "outside-to-cluster-ip" | "masquerade-all";
