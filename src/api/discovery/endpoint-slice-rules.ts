/** Defaults and generation of an EndpointSlice (kubernetes/pkg/apis/discovery/v1/defaults.go, pkg/registry/discovery). */
import { sameValue } from "../deep-equal.ts";
import type { EndpointPort, EndpointSlice } from "../endpoint-slice.ts";

/** Empty lists read back as null; ports have a name and a protocol, but a number only if it was given. */
export function defaultEndpointSlice(slice: EndpointSlice): EndpointSlice {
  const { endpoints, ports } = slice;
  return {
    ...slice,
    addressType: slice.addressType ?? "",
    endpoints: endpoints?.length
      ? endpoints.map((endpoint) => ({
          ...endpoint,
          addresses: endpoint.addresses ?? [],
          conditions: endpoint.conditions ?? {},
        }))
      : null,
    ports: ports?.length ? ports.map(defaultEndpointPort) : null,
  };
}

function defaultEndpointPort(port: EndpointPort): EndpointPort {
  return { ...port, name: port.name ?? "", protocol: port.protocol ?? "TCP" };
}

export function prepareEndpointSliceForCreate(slice: EndpointSlice): EndpointSlice {
  return { ...slice, metadata: { ...slice.metadata, generation: 1 } };
}

/** The generation grows with the content and the labels. */
export function prepareEndpointSliceForUpdate(next: EndpointSlice, old: EndpointSlice): EndpointSlice {
  const isSame =
    next.addressType === old.addressType &&
    sameValue(next.metadata.labels ?? {}, old.metadata.labels ?? {}) &&
    sameValue(next.endpoints ?? [], old.endpoints ?? []) &&
    sameValue(next.ports ?? [], old.ports ?? []);
  const { generation = 0 } = old.metadata;
  return { ...next, metadata: { ...next.metadata, generation: isSame ? generation : generation + 1 } };
}
