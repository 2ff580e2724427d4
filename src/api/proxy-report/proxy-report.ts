/**
 * ProxyReport: what the proxy of one node says that it has made so. Kept in a Lease, which is small, whose renewal says that the proxy is
 * alive, and which few follow; a Node object would go out to everybody who watches nodes.
 */
import { parseTime } from "../../lib/rfc3339.ts";
import type { ObjectMetaInput } from "../meta.ts";
import type { Lease } from "../node.ts";
import type { HostFacts } from "./host-facts.ts";

export interface ReportedProblem {
  /** `namespace/name`. */
  readonly service: string;
  readonly message: string;
}

export interface ProxyReport {
  readonly node: string;
  /** `nftables`, `userspace`. */
  readonly mode: string;
  /** All changes of Services and of EndpointSlices up to these revisions are in what is forwarded (KEP-5504: they compare as numbers). */
  readonly services: number;
  readonly endpointSlices: number;
  /** How many frontends are forwarded. */
  readonly programmed: number;
  /** Why nothing could be done at all at the last try. */
  readonly failure?: string;
  /** At most `maxProblems`. */
  readonly problems: readonly ReportedProblem[];
  /** How many more there are; of these Services nothing is known. */
  readonly moreProblems: number;
  /** Absent where it was not read yet. */
  readonly host?: HostFacts;
}

/** So that a report stays under 20 kB. */
export const maxProblems = 50;
const maxMessageLength = 300;

export const reportNamespace = "kube-system";
export const reportSelector = "porthole.dev/component=proxy";
const annotation = "porthole.dev/proxy-report";
const namePrefix = "porthole-proxy-";

/** A proxy renews its Lease so often, and counts as silent after four times of that. */
export const reportRenewMs = 10_000;
export const reportValidMs = 4 * reportRenewMs;

export function reportName(node: string): string {
  return `${namePrefix}${node}`;
}

export interface ReportLease {
  readonly metadata: ObjectMetaInput & { readonly name: string; readonly namespace: string };
  readonly spec: Lease["spec"];
}

/** The Lease that carries the report. `renewTime`: MicroTime. */
export function leaseOfReport(report: ProxyReport, renewTime: string): ReportLease {
  const [key = "", value = ""] = reportSelector.split("=");
  return {
    metadata: {
      name: reportName(report.node),
      namespace: reportNamespace,
      labels: { [key]: value },
      annotations: { [annotation]: JSON.stringify(report) },
    },
    spec: { holderIdentity: report.node, leaseDurationSeconds: reportValidMs / 1000, renewTime },
  };
}

/** At most so much of it is told. */
export function boundProblems(
  problems: readonly ReportedProblem[],
): Pick<ProxyReport, "problems" | "moreProblems"> {
  const told = problems.slice(0, maxProblems).map(({ service, message }) => ({
    service,
    message: message.length > maxMessageLength ? `${message.slice(0, maxMessageLength - 1)}…` : message,
  }));
  return { problems: told, moreProblems: problems.length - told.length };
}

/** Undefined for a Lease that carries none, or none that can be read. */
export function reportOfLease({ metadata }: Lease): ProxyReport | undefined {
  try {
    const report: unknown = JSON.parse(metadata.annotations?.[annotation] ?? "");
    return isReport(report) ? report : undefined;
  } catch {
    return undefined;
  }
}

/** When the proxy last said that it is alive, by its own clock; in milliseconds since the epoch. */
export function renewedAtMs({ spec }: Lease): number {
  return parseTime(spec.renewTime) ?? 0;
}

function isReport(value: unknown): value is ProxyReport {
  if (typeof value !== "object" || value === null) return false;
  const { node, mode, services, endpointSlices, programmed, problems, moreProblems } = value as ProxyReport;
  const isProblem = ({ service, message }: ReportedProblem) =>
    typeof service === "string" && typeof message === "string";
  return (
    [node, mode].every((text) => typeof text === "string") &&
    [services, endpointSlices, programmed, moreProblems].every((number) => Number.isFinite(number)) &&
    Array.isArray(problems) &&
    problems.every(isProblem)
  );
}
