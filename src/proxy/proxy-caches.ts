/** The objects that a proxy follows: Services, EndpointSlices, its own Node, and the ranges of cluster addresses. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Node } from "../api/node.ts";
import type { Service } from "../api/service.ts";
import type { ServiceCIDR } from "../api/service-cidr.ts";
import { headlessLabel, proxyNameLabel } from "../api/service-labels.ts";
import {
  type ApiClient,
  endpointSlices,
  type ListWatchCache,
  nodes,
  openListWatchCache,
  serviceCidrs,
  services,
} from "../client/index.ts";
import type { Logger } from "../lib/log.ts";
import { createSliceTrimmer, trimService } from "./trim-objects.ts";

export interface ProxyCaches {
  readonly services: ListWatchCache<Service>;
  readonly slices: ListWatchCache<EndpointSlice>;
  /** Holds one Node at most. */
  readonly nodes: ListWatchCache<Node>;
  /** Only where asked for; older servers do not have the kind. */
  readonly serviceCidrs?: ListWatchCache<ServiceCIDR>;
}

export interface ProxyCachesOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly proxyName?: string;
  readonly withServiceCidrs: boolean;
  /** What a slice's change-trigger time must be after to be worth keeping, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Headless Services never reach a proxy: they may be the largest of all. */
const notHeadless = `!${headlessLabel}`;

export function openProxyCaches({
  client,
  nodeName,
  proxyName,
  withServiceCidrs,
  startedAt,
  log,
  signal,
}: ProxyCachesOptions): ProxyCaches {
  const common = { client, log, signal };
  const ours = proxyName === undefined ? `!${proxyNameLabel}` : `${proxyNameLabel}=${proxyName}`;
  return {
    services: openListWatchCache({
      ...common,
      resource: services,
      labelSelector: `${notHeadless},${ours}`,
      trim: trimService,
    }),
    slices: openListWatchCache({
      ...common,
      resource: endpointSlices,
      labelSelector: notHeadless,
      trim: createSliceTrimmer(startedAt),
    }),
    ...(withServiceCidrs && {
      serviceCidrs: openListWatchCache({ ...common, resource: serviceCidrs, mayBeAbsent: true }),
    }),
    nodes: openListWatchCache({ ...common, resource: nodes, fieldSelector: `metadata.name=${nodeName}` }),
  };
}
