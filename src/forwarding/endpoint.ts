/** Endpoint: one address and port behind a Service port, with the conditions that its slices state. */
import type { EndpointConditions, EndpointSlice, SliceEndpoint } from "../api/endpoint-slice.ts";
import type { Backend, Family, Frontend, Protocol } from "./forwarding-table.ts";
import { backend } from "./frontend-key.ts";
import { canonicalAddress } from "./ip-address.ts";

export interface Endpoint {
  readonly backend: Backend;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Names of the zones that it is meant for; absent without hints. */
  readonly zoneHints?: readonly string[];
  readonly nodeHints?: readonly string[];
}

/** By port name, protocol and family, which together say which frontends they are behind; see `endpointGroup`. */
export type EndpointsByGroup = ReadonlyMap<string, readonly Endpoint[]>;

/** Service ports and slice ports are joined by name and protocol, never by number. */
export function endpointGroup(family: Family, protocol: Protocol, portName: string): string {
  return `${family}/${protocol}/${portName}`;
}

/** Reads all slices of one Service. Every list is ordered by backend key and holds each key once. */
export function readEndpoints(slices: Iterable<EndpointSlice>, nodeName: string): EndpointsByGroup {
  const groups = new Map<string, Map<string, Endpoint>>();
  for (const slice of slices) {
    if (slice.addressType === "FQDN") continue;
    for (const { name, protocol, port } of slice.ports ?? []) {
      if (!port) continue;
      const group = endpointGroup(slice.addressType, protocol ?? "TCP", name ?? "");
      const endpoints = groups.get(group) ?? new Map<string, Endpoint>();
      groups.set(group, endpoints);
      for (const sliceEndpoint of slice.endpoints ?? []) {
        const endpoint = readEndpoint(sliceEndpoint, port, nodeName);
        if (endpoint) keepBetter(endpoints, endpoint);
      }
    }
  }
  return new Map([...groups].map(([group, endpoints]) => [group, inOrder(endpoints)]));
}

/** The endpoints behind one frontend, as `readEndpoints` orders them. */
export function readServiceEndpoints(
  slices: Iterable<EndpointSlice>,
  { family, protocol, service }: Pick<Frontend, "family" | "protocol" | "service">,
  nodeName: string,
): readonly Endpoint[] {
  return readEndpoints(slices, nodeName).get(endpointGroup(family, protocol, service.port)) ?? [];
}

function readEndpoint(
  { addresses, conditions, nodeName, hints }: SliceEndpoint,
  port: number,
  ownNode: string,
): Endpoint | undefined {
  // Only the first address means anything (discovery/v1: the others are "interchangeable", and nobody reads them).
  const address = canonicalAddress(addresses[0] ?? "");
  if (address === undefined) return undefined;
  const { forZones, forNodes } = hints ?? {};
  return {
    backend: backend(address, port, nodeName === ownNode),
    ...readConditions(conditions),
    ...(forZones?.length && { zoneHints: forZones.map(({ name }) => name) }),
    ...(forNodes?.length && { nodeHints: forNodes.map(({ name }) => name) }),
  };
}

/** Absent and null mean the same: some clients write null. */
function readConditions(conditions: EndpointConditions | null | undefined) {
  const ready = conditions?.ready ?? true;
  return { ready, serving: conditions?.serving ?? ready, terminating: conditions?.terminating ?? false };
}

/**
 * One address and port can be in several slices: while a slice's endpoints move to another, and when a new pod gets
 * the address of one that still terminates. The one that can serve prevails, whatever the order they are read in.
 */
function keepBetter(endpoints: Map<string, Endpoint>, endpoint: Endpoint): void {
  const { key } = endpoint.backend;
  const known = endpoints.get(key);
  if (!known || compareFitness(endpoint, known) > 0) endpoints.set(key, endpoint);
}

function compareFitness(a: Endpoint, b: Endpoint): number {
  const difference = fitness(a) - fitness(b);
  if (difference !== 0) return difference;
  const [textOfA, textOfB] = [JSON.stringify(a), JSON.stringify(b)];
  return textOfA < textOfB ? -1 : textOfA > textOfB ? 1 : 0;
}

function fitness({ ready, serving, terminating, backend }: Endpoint): number {
  return Number(ready) * 8 + Number(!terminating) * 4 + Number(serving) * 2 + Number(backend.local);
}

function inOrder(endpoints: ReadonlyMap<string, Endpoint>): readonly Endpoint[] {
  return [...endpoints.values()].sort((a, b) => (a.backend.key < b.backend.key ? -1 : 1));
}
