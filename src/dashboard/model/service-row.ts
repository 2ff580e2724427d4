/** What the page is told of a Service: its spec in short, and its endpoints from all of its slices. Pure. */
import type { EndpointSlice, SliceEndpoint } from "../../api/endpoint-slice.ts";
import { revisionOf } from "../../api/proxy-report/service-liveness.ts";
import type { Service } from "../../api/service.ts";
import { type EndpointRow, type EndpointState, mostEndpoints, type ServiceRow } from "./rows.ts";

/** `slices` are those of this Service. */
export function serviceRow(service: Service, slices: Iterable<EndpointSlice>): ServiceRow {
  const { metadata, spec, status } = service;
  const inOrder = [...slices].sort(byFamilyAndName);
  const endpoints = endpointRows(inOrder);
  const ready = endpoints.filter(([, , , state]) => state === "ready").length;
  return {
    key: `${metadata.namespace}/${metadata.name}`,
    type: spec.type ?? "ClusterIP",
    clusterIPs: (spec.clusterIPs ?? []).filter((address) => address !== "None"),
    balanced: (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []),
    externalIPs: spec.externalIPs ?? [],
    ports: (spec.ports ?? []).map(({ name = "", protocol, port, targetPort, nodePort }) => ({
      name,
      protocol: protocol ?? "TCP",
      port,
      targetPort,
      ...(nodePort && { nodePort }),
    })),
    policy: spec.externalTrafficPolicy ?? "Cluster",
    endpoints: endpoints.sort(worstFirst).slice(0, mostEndpoints),
    ready,
    total: endpoints.length,
    revision: revisionOf(service),
    sliceRevision: Math.max(0, ...inOrder.map(revisionOf)),
  };
}

/** IPv4 first, so that a pod with two addresses is shown by that one. */
function byFamilyAndName(a: EndpointSlice, b: EndpointSlice): number {
  const rank = ({ addressType, metadata: { name } }: EndpointSlice) => `${addressType} ${name}`;
  return rank(a) < rank(b) ? -1 : 1;
}

/** A pod with an address of each family is one endpoint; while a pod moves between slices it may be in both. */
function endpointRows(slices: readonly EndpointSlice[]): EndpointRow[] {
  const rows = new Map<string, EndpointRow>();
  for (const endpoint of slices.flatMap(({ endpoints }) => endpoints ?? [])) {
    const { addresses, targetRef, nodeName = "" } = endpoint;
    const [address = ""] = addresses;
    const identity = targetRef?.uid ?? address;
    if (rows.has(identity)) continue;
    const pod = targetRef?.kind === "Pod" ? `${targetRef.namespace}/${targetRef.name}` : "";
    rows.set(identity, [address, nodeName, pod, stateOf(endpoint)]);
  }
  return [...rows.values()];
}

function stateOf({ conditions }: SliceEndpoint): EndpointState {
  if (conditions?.terminating) return "terminating";
  return (conditions?.ready ?? true) ? "ready" : "not-ready";
}

const stateOrder: Readonly<Record<EndpointState, number>> = { "not-ready": 0, terminating: 1, ready: 2 };

function worstFirst([a, , , aState]: EndpointRow, [b, , , bState]: EndpointRow): number {
  return stateOrder[aState] - stateOrder[bState] || (a < b ? -1 : a > b ? 1 : 0);
}
