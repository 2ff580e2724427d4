/** The objects that a proxy follows: Services, EndpointSlices and its own Node. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Node } from "../api/node.ts";
import type { Service } from "../api/service.ts";
import {
  type ApiClient,
  endpointSlices,
  type ListWatchCache,
  nodes,
  openListWatchCache,
  services,
} from "../client/index.ts";
import type { Logger } from "../lib/log.ts";

export interface ProxyCaches {
  readonly services: ListWatchCache<Service>;
  readonly slices: ListWatchCache<EndpointSlice>;
  /** Holds one Node at most. */
  readonly nodes: ListWatchCache<Node>;
}

export interface ProxyCachesOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly proxyName?: string;
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
  log,
  signal,
}: ProxyCachesOptions): ProxyCaches {
  const common = { client, log, signal };
  const ours = proxyName === undefined ? `!${proxyNameLabel}` : `${proxyNameLabel}=${proxyName}`;
  return {
    services: openListWatchCache({ ...common, resource: services, labelSelector: `${notHeadless},${ours}` }),
    slices: openListWatchCache({
      ...common,
      resource: endpointSlices,
      labelSelector: notHeadless,
      trim: trimSlice,
    }),
    nodes: openListWatchCache({ ...common, resource: nodes, fieldSelector: `metadata.name=${nodeName}` }),
  };
}

/** Who the pods are does not matter for where packets go. */
function trimSlice(slice: EndpointSlice): EndpointSlice {
  const { annotations: _annotations, ownerReferences: _owners, ...metadata } = slice.metadata;
  const endpoints = slice.endpoints?.map(({ targetRef: _target, hostname: _hostname, ...rest }) => rest);
  return { ...slice, metadata, endpoints: endpoints ?? null };
}
