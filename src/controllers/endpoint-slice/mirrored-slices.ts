/** Slices that mirror hand-written Endpoints of a Service without a selector (KEP-752, endpointslicemirroring). */
import {
  type EndpointAddress,
  type EndpointSlice,
  type Endpoints,
  type SliceEndpoint,
  serviceNameLabel,
} from "../../api/endpoint-slice.ts";
import type { IPFamily, Service } from "../../api/service.ts";
import { endpointSlices } from "../../client/index.ts";
import { deleteOf, type Write } from "../writes.ts";
import { familyOfAddress, type PortGroup, portsKey } from "./desired-endpoints.ts";
import { managedByLabel, reconcileSlices } from "./reconcile-endpoint-slices.ts";
import { hasManagedEndpoints } from "./service-slices.ts";

export const endpointSliceMirroringController = "endpointslicemirroring-controller.k8s.io";
const skipMirrorLabel = "endpointslice.kubernetes.io/skip-mirror";
/** Endpoints that serve leader election are no endpoints. */
const leaderAnnotation = "control-plane.alpha.kubernetes.io/leader";
const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";
/** As kube-controller-manager's --mirroring-max-endpoints-per-subset. */
const maxPerSubset = 1000;

export interface MirrorState {
  readonly service: Service | undefined;
  readonly endpoints: Endpoints | undefined;
  /** All slices of the namespace that name the Service. */
  readonly slices: readonly EndpointSlice[];
}

export function reconcileMirroredSlices({ service, endpoints, slices }: MirrorState): readonly Write[] {
  const present = slices.filter(
    ({ metadata }) => metadata.labels?.[managedByLabel] === endpointSliceMirroringController,
  );
  if (!service || !endpoints || !isMirrored(service, endpoints)) {
    return present.map((slice) => deleteOf(endpointSlices, slice));
  }
  const { [lastAppliedAnnotation]: _, ...annotations } = endpoints.metadata.annotations ?? {};
  return (["IPv4", "IPv6"] as const).flatMap((family) =>
    reconcileSlices({
      owner: endpoints,
      family,
      groups: groupsOf(endpoints, family),
      labels: {
        ...endpoints.metadata.labels,
        [serviceNameLabel]: service.metadata.name,
        [managedByLabel]: endpointSliceMirroringController,
      },
      annotations,
      present: present.filter(({ addressType }) => addressType === family),
      placeholder: false,
    }),
  );
}

function isMirrored(service: Service, { metadata }: Endpoints): boolean {
  if (hasManagedEndpoints(service) || service.spec.type === "ExternalName") return false;
  if (service.metadata.deletionTimestamp || metadata.deletionTimestamp) return false;
  return (
    metadata.labels?.[skipMirrorLabel] !== "true" && metadata.annotations?.[leaderAnnotation] === undefined
  );
}

function groupsOf(endpoints: Endpoints, family: IPFamily): readonly PortGroup[] {
  const groups = new Map<string, { ports: PortGroup["ports"]; endpoints: Map<string, SliceEndpoint> }>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of endpoints.subsets ?? []) {
    const all = [
      ...addresses.map((address) => mirrored(address, true)),
      ...notReadyAddresses.map((address) => mirrored(address, false)),
    ].slice(0, maxPerSubset);
    const ofFamily = all.filter(({ addresses: [ip = ""] }) => familyOfAddress(ip) === family);
    if (ofFamily.length === 0) continue;
    const normalized = ports.map((port) => ({
      ...port,
      name: port.name ?? "",
      protocol: port.protocol ?? ("TCP" as const),
    }));
    const group = groups.get(portsKey(normalized)) ?? { ports: normalized, endpoints: new Map() };
    for (const endpoint of ofFamily) {
      const key = endpoint.addresses.join();
      if (!group.endpoints.has(key)) group.endpoints.set(key, endpoint);
    }
    groups.set(portsKey(normalized), group);
  }
  return [...groups.values()].map(({ ports, endpoints: found }) => ({
    ports,
    endpoints: [...found.values()],
  }));
}

function mirrored({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): SliceEndpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  };
}
