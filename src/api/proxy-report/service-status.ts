/** On how many nodes the current state of a Service is live, and why not on the rest. */
import type { Node } from "../node.ts";
import { isNodeReady } from "../node.ts";
import {
  type HeardReport,
  livenessOn,
  type NodeLiveness,
  type ServiceRevisions,
} from "./service-liveness.ts";

export interface ServiceStatus {
  /** `namespace/name`. */
  readonly service: string;
  /** Nodes that are ready, and those of them on which it is live. */
  readonly nodes: number;
  readonly liveOn: number;
  readonly notLive: readonly NodeLiveness[];
  /** Nodes that are not ready do not count: nobody waits for a machine that is off. */
  readonly notReady: readonly string[];
}

export function serviceStatus(
  revisions: ServiceRevisions,
  nodes: readonly Node[],
  heardFrom: (node: string) => HeardReport | undefined,
): ServiceStatus {
  const ready = nodes.filter(isNodeReady).map(({ metadata }) => metadata.name);
  const notReady = nodes.filter((node) => !isNodeReady(node)).map(({ metadata }) => metadata.name);
  const notLive = ready
    .map((node) => livenessOn(node, revisions, heardFrom(node)))
    .filter(({ state }) => state !== "live");
  const liveOn = ready.length - notLive.length;
  return { service: revisions.service, nodes: ready.length, liveOn, notLive, notReady };
}

/** So many nodes are named in a sentence. */
const maxNamed = 3;

/** `Live on 97 of 100 nodes; not on node-17 (its proxy no longer reports), node-18 (…) and 1 more` */
export function describeServiceStatus({ nodes, liveOn, notLive }: ServiceStatus): string {
  const count = `Live on ${liveOn} of ${nodes} ${nodes === 1 ? "node" : "nodes"}`;
  if (notLive.length === 0) return count;
  const named = notLive.slice(0, maxNamed).map(({ node, why }) => `${node} (${why})`);
  const left = notLive.length - named.length;
  return `${count}; not on ${named.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}
