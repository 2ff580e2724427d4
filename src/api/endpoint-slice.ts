/** EndpointSlice, discovery.k8s.io/v1, and Endpoints, core/v1. */
import type { KubeObject, ObjectReference } from "./meta.ts";
import type { Protocol } from "./service.ts";

/** Names the Service that a slice belongs to. */
export const serviceNameLabel = "kubernetes.io/service-name";

export interface EndpointConditions {
  /** Absent means true. */
  readonly ready?: boolean;
  /** Absent means the same as `ready`. */
  readonly serving?: boolean;
  /** Absent means false. */
  readonly terminating?: boolean;
}

export interface EndpointHints {
  readonly forZones?: readonly { readonly name: string }[];
  readonly forNodes?: readonly { readonly name: string }[];
}

export interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions;
  readonly hostname?: string;
  readonly targetRef?: ObjectReference;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly hints?: EndpointHints;
}

export interface EndpointPort {
  readonly name?: string;
  readonly protocol?: Protocol;
  readonly port?: number;
  readonly appProtocol?: string;
}

/** NOTE: empty `endpoints` and `ports` read back as null from a Kubernetes API server. */
export interface EndpointSlice extends KubeObject {
  readonly addressType: "IPv4" | "IPv6" | "FQDN";
  readonly endpoints: readonly SliceEndpoint[] | null;
  readonly ports: readonly EndpointPort[] | null;
}

export interface EndpointAddress {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly targetRef?: ObjectReference;
}

export interface EndpointSubset {
  readonly addresses?: readonly EndpointAddress[];
  readonly notReadyAddresses?: readonly EndpointAddress[];
  readonly ports?: readonly EndpointPort[];
}

export interface Endpoints extends KubeObject {
  readonly subsets?: readonly EndpointSubset[];
}
