/** The Endpoints object of a Service: what came before EndpointSlices, for clients that still read it. */

import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from "../../api/endpoint-slice.ts";
import type { Pod } from "../../api/pod.ts";
import type { IPFamily, Service } from "../../api/service.ts";
import { headlessLabel } from "../../api/service-labels.ts";
import { endpoints as endpointsResource } from "../../client/index.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { isPodReady } from "../conditions.ts";
import {
  hostnameOf,
  podAddress,
  podReference,
  portsKey,
  resolvePorts,
  selectPods,
} from "../endpoint-slice/desired-endpoints.ts";
import { hasManagedEndpoints, isHeadless } from "../endpoint-slice/service-slices.ts";
import { createOf, updateOf, type Write } from "../writes.ts";

/** A larger object would be sent to every node at each change (KEP-752). */
const maxAddresses = 1000;
const overCapacityAnnotation = "endpoints.kubernetes.io/over-capacity";
export const managedEndpointsLabel = "endpoints.kubernetes.io/managed-by";
const managedBy = { [managedEndpointsLabel]: "endpoint-controller" };

export interface EndpointsState {
  readonly service: Service;
  /** The pods of its namespace. */
  readonly pods: readonly Pod[];
  readonly present: Endpoints | undefined;
  readonly maxAddresses?: number;
}

export function reconcileEndpoints(state: EndpointsState): readonly Write[] {
  const { service, present } = state;
  if (!hasManagedEndpoints(service)) return [];
  const { subsets, truncated } = limit(
    desiredSubsets(service, state.pods),
    state.maxAddresses ?? maxAddresses,
  );
  const { [headlessLabel]: _, ...serviceLabels } = service.metadata.labels ?? {};
  const labels = { ...serviceLabels, ...managedBy, ...(isHeadless(service) ? { [headlessLabel]: "" } : {}) };
  const { [overCapacityAnnotation]: _old, ...others } = present?.metadata.annotations ?? {};
  const annotations = truncated ? { ...others, [overCapacityAnnotation]: "truncated" } : others;
  const { name, namespace } = service.metadata;
  if (!present) {
    const metadata = { name, ...(namespace ? { namespace } : {}), labels, annotations };
    return [createOf(endpointsResource, { metadata, subsets })];
  }
  const isSame =
    canonicalJson([present.subsets ?? [], present.metadata.labels, present.metadata.annotations ?? {}]) ===
    canonicalJson([subsets, labels, annotations]);
  if (isSame) return [];
  return [
    updateOf(endpointsResource, {
      ...present,
      metadata: { ...present.metadata, labels, annotations },
      subsets,
    }),
  ];
}

/** Sorted as the API server sorts them, so that the same endpoints make the same object. Pods on their way out are left out. */
function desiredSubsets(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const family = service.spec.ipFamilies?.[0] ?? "IPv4";
  const groups = new Map<
    string,
    { ports: readonly EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }
  >();
  const publishAll = service.spec.publishNotReadyAddresses === true;
  for (const pod of selectPods(service, pods, family)) {
    if (pod.metadata.deletionTimestamp && !publishAll) continue;
    const ports = resolvePorts(service, pod).map(withoutEmptyName);
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] };
    (publishAll || isPodReady(pod) ? group.ready : group.notReady).push(addressOf(service, pod, family));
    groups.set(key, group);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, notReady }]) => subset(ready.sort(byAddress), notReady.sort(byAddress), ports));
}

/** Ready addresses stay before those that are not. */
function limit(
  subsets: readonly EndpointSubset[],
  max: number,
): { subsets: readonly EndpointSubset[]; truncated: boolean } {
  const count = subsets.reduce(
    (sum, s) => sum + (s.addresses?.length ?? 0) + (s.notReadyAddresses?.length ?? 0),
    0,
  );
  if (count <= max) return { subsets, truncated: false };
  let room = max;
  const take = (addresses: readonly EndpointAddress[] = []) => {
    const taken = addresses.slice(0, room);
    room -= taken.length;
    return taken;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const notReady = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  const cut = subsets.map(({ ports }, i) => subset(ready[i] ?? [], notReady[i] ?? [], ports ?? []));
  return {
    subsets: cut.filter(({ addresses, notReadyAddresses }) => addresses || notReadyAddresses),
    truncated: true,
  };
}

function subset(
  addresses: readonly EndpointAddress[],
  notReadyAddresses: readonly EndpointAddress[],
  ports: readonly EndpointPort[],
): EndpointSubset {
  return {
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

function addressOf(service: Service, pod: Pod, family: IPFamily): EndpointAddress {
  const hostname = hostnameOf(service, pod);
  return {
    ip: podAddress(pod, family) ?? "",
    ...(hostname ? { hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: podReference(pod),
  };
}

function withoutEmptyName({ name, ...rest }: EndpointPort): EndpointPort {
  return name ? { name, ...rest } : rest;
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  return a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0;
}
