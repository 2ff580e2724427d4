/** Where each kind lives in the API. */
import type { EndpointSlice, Endpoints } from "../api/endpoint-slice.ts";
import type { KubeEvent, Namespace } from "../api/event.ts";
import type { KubeObject } from "../api/meta.ts";
import type { Lease, Node } from "../api/node.ts";
import type { Pod } from "../api/pod.ts";
import type { Service } from "../api/service.ts";
import type { ServiceCIDR } from "../api/service-cidr.ts";
import type { Deployment, ReplicaSet } from "../api/workload.ts";

/** The type parameter only carries what its objects are. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly example?: T;
}

const core = { group: "", version: "v1", namespaced: true } as const;
const apps = { group: "apps", version: "v1", namespaced: true } as const;

export const services: Resource<Service> = { ...core, plural: "services", kind: "Service" };
export const endpoints: Resource<Endpoints> = { ...core, plural: "endpoints", kind: "Endpoints" };
export const pods: Resource<Pod> = { ...core, plural: "pods", kind: "Pod" };
export const events: Resource<KubeEvent> = { ...core, plural: "events", kind: "Event" };
export const nodes: Resource<Node> = { ...core, plural: "nodes", kind: "Node", namespaced: false };
export const namespaces: Resource<Namespace> = {
  ...core,
  plural: "namespaces",
  kind: "Namespace",
  namespaced: false,
};
export const deployments: Resource<Deployment> = { ...apps, plural: "deployments", kind: "Deployment" };
export const replicaSets: Resource<ReplicaSet> = { ...apps, plural: "replicasets", kind: "ReplicaSet" };
export const endpointSlices: Resource<EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
};
export const leases: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};
/** Served from Kubernetes 1.33 on. */
export const serviceCidrs: Resource<ServiceCIDR> = {
  group: "networking.k8s.io",
  version: "v1",
  plural: "servicecidrs",
  kind: "ServiceCIDR",
  namespaced: false,
};
