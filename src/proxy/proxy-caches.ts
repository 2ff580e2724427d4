/** The objects that a proxy follows: Services, EndpointSlices, its own Node, and the ranges of cluster addresses. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Node } from "../api/node.ts";
import type { Service } from "../api/service.ts";
import type { ServiceCIDR } from "../api/service-cidr.ts";
import {
  type ApiClient,
  endpointSlices,
  type ListWatchCache,
  nodes,
  openListWatchCache,
  serviceCidrs,
  services,
} from "../client/index.ts";
import { proxyProtocolAnnotation } from "../forwarding/index.ts";
import type { Logger } from "../lib/log.ts";

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
const notHeadless = "!service.kubernetes.io/headless";
const proxyNameLabel = "service.kubernetes.io/service-proxy-name";

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
      trim: (slice) => trimSlice(slice, startedAt),
    }),
    ...(withServiceCidrs && {
      serviceCidrs: openListWatchCache({ ...common, resource: serviceCidrs, mayBeAbsent: true }),
    }),
    nodes: openListWatchCache({ ...common, resource: nodes, fieldSelector: `metadata.name=${nodeName}` }),
  };
}

/** Whoever made a Service may have written all of it into an annotation once more. */
function trimService(service: Service): Service {
  const { annotations, ownerReferences: _owners, ...metadata } = service.metadata;
  const proxyProtocol = annotations?.[proxyProtocolAnnotation];
  const kept =
    proxyProtocol === undefined ? {} : { annotations: { [proxyProtocolAnnotation]: proxyProtocol } };
  return { ...service, metadata: { ...metadata, ...kept } };
}

/** core/v1: EndpointsLastChangeTriggerTime. */
const triggerTime = "endpoints.kubernetes.io/last-change-trigger-time";

/** When the Service or pod changed that made the slice change, in milliseconds since the epoch; undefined where it does not say so. */
export function triggeredAt({ metadata }: EndpointSlice): number | undefined {
  const at = Date.parse(metadata.annotations?.[triggerTime] ?? "");
  return Number.isNaN(at) ? undefined : at;
}

/** Who the pods are does not matter for where packets go. Of annotations the time is kept that this proxy measures itself by. */
function trimSlice(slice: EndpointSlice, startedAt: number): EndpointSlice {
  const { annotations, ownerReferences: _owners, ...metadata } = slice.metadata;
  const changedAt = annotations?.[triggerTime];
  const isNews = changedAt !== undefined && (triggeredAt(slice) ?? 0) >= startedAt;
  const endpoints = slice.endpoints?.map(({ targetRef: _target, hostname: _hostname, ...rest }) => rest);
  return {
    ...slice,
    metadata: isNews ? { ...metadata, annotations: { [triggerTime]: changedAt } } : metadata,
    endpoints: endpoints ?? null,
  };
}
