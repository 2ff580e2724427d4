/** What a proxy keeps of objects: who the pods are, and who made a Service, does not matter for where packets go. */
import type { EndpointConditions, EndpointSlice, SliceEndpoint } from "../api/endpoint-slice.ts";
import type { Service } from "../api/service.ts";
import { proxyProtocolAnnotation } from "../forwarding/index.ts";

/** core/v1: EndpointsLastChangeTriggerTime. */
const triggerTime = "endpoints.kubernetes.io/last-change-trigger-time";

/** When the Service or pod changed that made the slice change, in milliseconds since the epoch; undefined where it does not say so. */
export function triggeredAt({ metadata }: EndpointSlice): number | undefined {
  const at = Date.parse(metadata.annotations?.[triggerTime] ?? "");
  return Number.isNaN(at) ? undefined : at;
}

/** Whoever made a Service may have written all of it into an annotation once more. */
export function trimService(service: Service): Service {
  const { annotations, ownerReferences: _owners, ...metadata } = service.metadata;
  const proxyProtocol = annotations?.[proxyProtocolAnnotation];
  const kept =
    proxyProtocol === undefined ? {} : { annotations: { [proxyProtocolAnnotation]: proxyProtocol } };
  return { ...service, metadata: { ...metadata, ...kept } };
}

/**
 * Returns what trims slices. Of annotations only the time is kept that this proxy measures itself by: one after `startedAt`, in milliseconds
 * since the epoch. PERF: names of nodes and conditions, of which there are few, are kept once for all endpoints.
 */
export function createSliceTrimmer(startedAt: number): (slice: EndpointSlice) => EndpointSlice {
  const nodeNames = new Map<string, string>();
  const nodeNameOf = (name: string) => {
    const known = nodeNames.get(name);
    if (known === undefined) nodeNames.set(name, name);
    return known ?? name;
  };
  return (slice) => {
    const { annotations, ownerReferences: _owners, ...metadata } = slice.metadata;
    const changedAt = annotations?.[triggerTime];
    const isNews = changedAt !== undefined && (triggeredAt(slice) ?? 0) >= startedAt;
    return {
      ...slice,
      metadata: isNews ? { ...metadata, annotations: { [triggerTime]: changedAt } } : metadata,
      endpoints: slice.endpoints?.map((endpoint) => trimEndpoint(endpoint, nodeNameOf)) ?? null,
    };
  };
}

function trimEndpoint(
  { addresses, conditions, nodeName, hints }: SliceEndpoint,
  nodeNameOf: (name: string) => string,
): SliceEndpoint {
  return {
    addresses,
    ...(conditions && { conditions: sharedConditions(conditions) }),
    ...(nodeName !== undefined && { nodeName: nodeNameOf(nodeName) }),
    ...(hints && { hints }),
  };
}

/** All that there can be: 27 of them. */
const knownConditions = new Map<string, EndpointConditions>();

function sharedConditions(conditions: EndpointConditions): EndpointConditions {
  const { ready, serving, terminating } = conditions;
  const key = `${ready} ${serving} ${terminating}`;
  const known = knownConditions.get(key) ?? conditions;
  knownConditions.set(key, known);
  return known;
}
