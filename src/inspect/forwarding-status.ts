/** ForwardingStatus: what the proxies of a cluster have made so, as their reports say. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import { serviceNameLabel } from "../api/endpoint-slice.ts";
import { isNodeReady, type Lease, type Node } from "../api/node.ts";
import {
  type ProxyReport,
  renewedAtMs,
  reportOfLease,
  reportValidMs,
} from "../api/proxy-report/proxy-report.ts";
import { type HeardReport, revisionsOf } from "../api/proxy-report/service-liveness.ts";
import { type ServiceStatus, serviceStatus } from "../api/proxy-report/service-status.ts";
import type { Service } from "../api/service.ts";

export interface StatusObjects {
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  /** Those that carry reports. */
  readonly leases: readonly Lease[];
}

export interface ProxyStatus {
  readonly node: string;
  readonly isNodeReady: boolean;
  /** Undefined where no proxy of Porthole has ever reported. */
  readonly report?: ProxyReport;
  readonly isAlive: boolean;
  /** When it last said so, by its own clock, in milliseconds since the epoch. */
  readonly renewedAtMs?: number;
}

export interface ServiceForwarding extends ServiceStatus {
  readonly readyEndpoints: number;
}

export interface ForwardingStatus {
  readonly proxies: readonly ProxyStatus[];
  readonly services: readonly ServiceForwarding[];
}

/** `nowMs`: a report that was renewed 40 s before is silent, so clocks may be a few seconds apart. */
export function forwardingStatus(objects: StatusObjects, nowMs: number): ForwardingStatus {
  const { nodes, services, endpointSlices, leases } = objects;
  const byNode = new Map(leases.flatMap((lease) => entryOf(lease, nowMs)));
  const proxies = nodes.map((node): ProxyStatus => {
    const heard = byNode.get(node.metadata.name);
    return {
      node: node.metadata.name,
      isNodeReady: isNodeReady(node),
      isAlive: heard?.isAlive ?? false,
      ...(heard && { report: heard.report, renewedAtMs: heard.renewedAtMs }),
    };
  });
  const ready = readyEndpoints(endpointSlices);
  const statuses = [...revisionsOf(services, endpointSlices).values()].map((revisions) => ({
    ...serviceStatus(revisions, nodes, (node) => byNode.get(node)),
    readyEndpoints: ready.get(revisions.service) ?? 0,
  }));
  return { proxies, services: statuses };
}

interface Heard extends HeardReport {
  readonly renewedAtMs: number;
}

function entryOf(lease: Lease, nowMs: number): readonly (readonly [string, Heard])[] {
  const report = reportOfLease(lease);
  if (!report) return [];
  const renewed = renewedAtMs(lease);
  return [[report.node, { report, renewedAtMs: renewed, isAlive: nowMs - renewed < reportValidMs }]];
}

/** By `namespace/name`; an endpoint with addresses of both families is in two slices, and counts in the one that has more. */
function readyEndpoints(slices: readonly EndpointSlice[]): ReadonlyMap<string, number> {
  const counts = new Map<string, Map<string, number>>();
  for (const { metadata, addressType, endpoints } of slices) {
    const service = `${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`;
    const families = counts.get(service) ?? new Map<string, number>();
    counts.set(service, families);
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready ?? true).length;
    families.set(addressType, (families.get(addressType) ?? 0) + ready);
  }
  return new Map([...counts].map(([service, families]) => [service, Math.max(...families.values())]));
}
