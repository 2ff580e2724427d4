/** Whether the current state of a Service is what the nodes' proxies forward, as far as their reports say. */
import type { EndpointSlice } from "../endpoint-slice.ts";
import { serviceNameLabel } from "../endpoint-slice.ts";
import type { KubeObject } from "../meta.ts";
import type { Service } from "../service.ts";
import { isForProxy } from "../service-labels.ts";
import type { ProxyReport } from "./proxy-report.ts";

/** A Service as it is now. The deletion of a whole slice leaves no revision behind, so it is not among them. */
export interface ServiceRevisions {
  /** `namespace/name`. */
  readonly service: string;
  readonly serviceRevision: number;
  /** 0 if it has no slices. */
  readonly sliceRevision: number;
}

/** A report and whether its proxy still renews it. */
export interface HeardReport {
  readonly report: ProxyReport;
  readonly isAlive: boolean;
}

export type NodeState =
  | "live"
  /** It has not heard of the newest state yet. */
  | "behind"
  /** Something of this Service cannot be forwarded there. */
  | "problem"
  /** The proxy can do nothing at all. */
  | "failed"
  /** The proxy no longer says that it is alive. */
  | "silent"
  /** No proxy of Porthole has ever reported from there. */
  | "unknown";

export interface NodeLiveness {
  readonly node: string;
  readonly state: NodeState;
  /** For people; absent where all is well. */
  readonly why?: string;
}

/** By `namespace/name`; of those that proxies without a name have to do with. */
export function revisionsOf(
  services: Iterable<Service>,
  slices: Iterable<EndpointSlice>,
): ReadonlyMap<string, ServiceRevisions> {
  const sliceRevisions = new Map<string, number>();
  for (const { metadata } of slices) {
    const service = `${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`;
    sliceRevisions.set(service, Math.max(sliceRevisions.get(service) ?? 0, revisionOf({ metadata })));
  }
  const revisions = [...services]
    .filter((service) => isForProxy(service))
    .map((service): [string, ServiceRevisions] => {
      const key = `${service.metadata.namespace}/${service.metadata.name}`;
      const sliceRevision = sliceRevisions.get(key) ?? 0;
      return [key, { service: key, serviceRevision: revisionOf(service), sliceRevision }];
    });
  return new Map(revisions);
}

export function revisionOf({ metadata }: Pick<KubeObject, "metadata">): number {
  return Number(metadata.resourceVersion);
}

/** `heard` is undefined where there has never been a report. */
export function livenessOn(
  node: string,
  { service, serviceRevision, sliceRevision }: ServiceRevisions,
  heard: HeardReport | undefined,
): NodeLiveness {
  if (!heard) return { node, state: "unknown", why: "no proxy of Porthole reports from it" };
  const { report, isAlive } = heard;
  if (!isAlive) return { node, state: "silent", why: "its proxy no longer reports" };
  if (report.failure !== undefined) return { node, state: "failed", why: report.failure };
  const problem = report.problems.find((candidate) => candidate.service === service);
  if (problem) return { node, state: "problem", why: problem.message };
  if (report.services < serviceRevision || report.endpointSlices < sliceRevision) {
    return { node, state: "behind", why: "its proxy has not made the newest state so yet" };
  }
  if (report.moreProblems > 0) {
    const why = `its proxy has ${report.moreProblems} more problems than it can report`;
    return { node, state: "problem", why };
  }
  return { node, state: "live" };
}
