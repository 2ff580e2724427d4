/** ClusterObjects: what the API says at one moment, as far as NodePorts depend on it. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { KubeEvent } from "../api/event.ts";
import type { KubeObject } from "../api/meta.ts";
import type { Lease, Node } from "../api/node.ts";
import type { Pod } from "../api/pod.ts";
import { reportNamespace, reportSelector } from "../api/proxy-report/proxy-report.ts";
import type { Service } from "../api/service.ts";
import {
  type ApiClient,
  endpointSlices,
  events,
  type ListParameters,
  leases,
  nodes,
  pods,
  type Resource,
  services,
} from "../client/index.ts";
import { statedAddresses } from "../proxy/index.ts";
import type { StatusObjects } from "./forwarding-status.ts";

export interface ClusterObjects {
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly pods: readonly Pod[];
}

/** A page of a list: a large cluster's objects come in several answers, none of them too large. */
const pageSize = 5000;

/** Lists the cluster. Rejects with what the API answers, 403 for instance. */
export async function readClusterObjects(client: ApiClient, signal?: AbortSignal): Promise<ClusterObjects> {
  const [foundNodes, foundServices, foundSlices, foundPods] = await Promise.all([
    listAll(client, nodes, signal),
    listAll(client, services, signal),
    listAll(client, endpointSlices, signal),
    listAll(client, pods, signal),
  ]);
  return { nodes: foundNodes, services: foundServices, endpointSlices: foundSlices, pods: foundPods };
}

/** What `forwardingStatus` needs. */
export async function readStatusObjects(client: ApiClient, signal?: AbortSignal): Promise<StatusObjects> {
  const [foundNodes, foundServices, foundSlices, foundLeases] = await Promise.all([
    listAll(client, nodes, signal),
    listAll(client, services, signal),
    listAll(client, endpointSlices, signal),
    readReports(client, signal),
  ]);
  return { nodes: foundNodes, services: foundServices, endpointSlices: foundSlices, leases: foundLeases };
}

/** The nodes, each with the address that it states first. */
export async function readNodePlaces(
  client: ApiClient,
  signal?: AbortSignal,
): Promise<readonly { readonly name: string; readonly address: string }[]> {
  return (await listAll(client, nodes, signal)).flatMap((node) => {
    const [address] = statedAddresses(node);
    return address === undefined ? [] : [{ name: node.metadata.name, address }];
  });
}

/** The Leases in which proxies report. */
export function readReports(client: ApiClient, signal?: AbortSignal): Promise<readonly Lease[]> {
  return listAll(client, leases, signal, { namespace: reportNamespace, labelSelector: reportSelector });
}

/** Events about Services, from all namespaces. */
export function readEvents(client: ApiClient, signal?: AbortSignal): Promise<readonly KubeEvent[]> {
  return listAll(client, events, signal, { fieldSelector: "involvedObject.kind=Service" });
}

async function listAll<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  signal: AbortSignal | undefined,
  narrowed: Pick<ListParameters, "fieldSelector" | "labelSelector" | "namespace"> = {},
): Promise<readonly T[]> {
  const all: T[] = [];
  let position: string | undefined;
  do {
    const page = await client.list(
      resource,
      { ...narrowed, limit: pageSize, ...(position !== undefined && { continue: position }) },
      signal,
    );
    all.push(...page.items);
    position = page.metadata?.continue || undefined;
  } while (position !== undefined);
  return all;
}
