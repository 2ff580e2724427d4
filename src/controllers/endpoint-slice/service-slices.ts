/** The slices that a Service's pods make. */

import { type EndpointSlice, serviceNameLabel } from "../../api/endpoint-slice.ts";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import type { IPFamily, Service } from "../../api/service.ts";
import { headlessLabel } from "../../api/service-labels.ts";
import { endpointSlices } from "../../client/index.ts";
import { deleteOf, type Write } from "../writes.ts";
import { desiredPortGroups } from "./desired-endpoints.ts";
import { managedByLabel, reconcileSlices } from "./reconcile-endpoint-slices.ts";
import { withHints } from "./topology-hints.ts";

export const endpointSliceController = "endpointslice-controller.k8s.io";

export interface ServiceSlicesState {
  readonly service: Service;
  /** The pods of its namespace. */
  readonly pods: readonly Pod[];
  readonly nodes: ReadonlyMap<string, Node>;
  /** All slices of the namespace that name the Service. */
  readonly slices: readonly EndpointSlice[];
  readonly maxPerSlice?: number;
}

/** A Service without a selector, and one of type ExternalName, has slices that others write, or none. */
export function reconcileServiceSlices(state: ServiceSlicesState): readonly Write[] {
  const { service, pods, nodes, maxPerSlice } = state;
  if (!hasManagedEndpoints(service)) return [];
  const present = state.slices.filter(
    ({ metadata }) => metadata.labels?.[managedByLabel] === endpointSliceController,
  );
  const families = service.spec.ipFamilies ?? ["IPv4"];
  const obsolete = present.filter(({ addressType }) => !families.includes(addressType as IPFamily));
  const writes = families.flatMap((family) =>
    reconcileSlices({
      owner: service,
      family,
      groups: desiredPortGroups(service, pods, family, nodes).map(({ ports, endpoints }) => ({
        ports,
        endpoints: endpoints.map((endpoint) => withHints(endpoint, service.spec.trafficDistribution)),
      })),
      labels: sliceLabels(service),
      present: present.filter(({ addressType }) => addressType === family),
      placeholder: true,
      ...(maxPerSlice === undefined ? {} : { maxPerSlice }),
    }),
  );
  return [...writes, ...obsolete.map((slice) => deleteOf(endpointSlices, slice))];
}

/** True if the Service's endpoints follow from its pods. */
export function hasManagedEndpoints({ spec, metadata }: Service): boolean {
  const selects = Object.keys(spec.selector ?? {}).length > 0;
  return selects && spec.type !== "ExternalName" && !metadata.deletionTimestamp;
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None";
}

/** The Service's own labels, and those that consumers find the slice by. */
function sliceLabels(service: Service): Readonly<Record<string, string>> {
  const { [headlessLabel]: _, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    ...(isHeadless(service) ? { [headlessLabel]: "" } : {}),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: endpointSliceController,
  };
}
