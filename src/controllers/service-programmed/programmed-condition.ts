/** The condition of a Service that says whether its current state is what all nodes forward. Pure. */
import type { Condition } from "../../api/meta.ts";
import { isNodeReady, type Node } from "../../api/node.ts";
import {
  type HeardReport,
  livenessOn,
  type ServiceRevisions,
} from "../../api/proxy-report/service-liveness.ts";
import { describeServiceStatus, serviceStatus } from "../../api/proxy-report/service-status.ts";
import type { Service } from "../../api/service.ts";
import { formatTime } from "../../lib/rfc3339.ts";
import { findCondition, withCondition } from "../conditions.ts";

export const programmedCondition = "porthole.dev/Programmed";

/** What all nodes that are ready have in common. PERF: so one look at each Service is enough, however many nodes there are. */
export interface CommonGround {
  /** Every node has all changes up to these. */
  readonly services: number;
  readonly endpointSlices: number;
  /** `namespace/name` of those that a node cannot forward. */
  readonly withProblems: ReadonlySet<string>;
  /** There are nodes of which nothing is known, or that can do nothing: nothing is live everywhere. */
  readonly hasDeadSpots: boolean;
}

export function commonGround(
  nodes: readonly Node[],
  heardFrom: (node: string) => HeardReport | undefined,
): CommonGround {
  const heard = nodes.filter(isNodeReady).map(({ metadata }) => heardFrom(metadata.name));
  const reports = heard.flatMap((one) => (one ? [one.report] : []));
  return {
    services: Math.min(...reports.map(({ services }) => services)),
    endpointSlices: Math.min(...reports.map(({ endpointSlices }) => endpointSlices)),
    withProblems: new Set(reports.flatMap(({ problems }) => problems.map(({ service }) => service))),
    hasDeadSpots: heard.some(
      (one) => !one?.isAlive || one.report.failure !== undefined || one.report.moreProblems > 0,
    ),
  };
}

export function isLiveEverywhere(
  { service, serviceRevision, sliceRevision }: ServiceRevisions,
  { services, endpointSlices, withProblems, hasDeadSpots }: CommonGround,
): boolean {
  return (
    !hasDeadSpots &&
    !withProblems.has(service) &&
    serviceRevision <= services &&
    sliceRevision <= endpointSlices
  );
}

/** Returns the Service with the condition, or undefined where it says this already. */
export function withProgrammed(
  service: Service,
  revisions: ServiceRevisions,
  nodes: readonly Node[],
  heardFrom: (node: string) => HeardReport | undefined,
  nowMs: number,
): Service | undefined {
  const isLive = nodes
    .filter(isNodeReady)
    .every(({ metadata }) => livenessOn(metadata.name, revisions, heardFrom(metadata.name)).state === "live");
  const next = isLive
    ? { status: "True", reason: "LiveOnAllNodes", message: "Live on every node that is ready" }
    : {
        status: "False",
        reason: "NotLiveOnAllNodes",
        message: describeServiceStatus(serviceStatus(revisions, nodes, heardFrom)),
      };
  const present = findCondition(service.status?.conditions, programmedCondition);
  if (present?.status === next.status && present.message === next.message) return undefined;
  const since = present?.status === next.status ? present.lastTransitionTime : undefined;
  const condition = {
    type: programmedCondition,
    ...next,
    lastTransitionTime: since ?? formatTime(nowMs),
  } as Condition;
  const status = { ...service.status, conditions: withCondition(service.status?.conditions, condition) };
  return { ...service, status };
}
