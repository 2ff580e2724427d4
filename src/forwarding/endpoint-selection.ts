/** Chooses the endpoints that traffic is led to: readiness, termination, topology hints, policy. */
import type { Endpoint } from "./endpoint.ts";
import type { EndpointChoice, Target } from "./forwarding-table.ts";
import { type NodeView, zoneOf } from "./node-view.ts";

export interface Targets {
  /** Policy Cluster. */
  readonly cluster: Target;
  /** Policy Local. */
  readonly local: Target;
}

type Topology = EndpointChoice["topology"];

/** Makes both targets of a Service port. PERF: linear in the number of endpoints. */
export function chooseTargets(
  endpoints: readonly Endpoint[],
  node: Pick<NodeView, "name" | "labels">,
): Targets {
  const cluster = chooseCluster(endpoints, node);
  return { cluster, local: chooseLocal(endpoints, cluster) };
}

function chooseCluster(endpoints: readonly Endpoint[], node: Pick<NodeView, "name" | "labels">): Target {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const topology = topologyOf(ready, node);
  if (ready.length > 0) {
    const near = ready.filter((endpoint) => isMeantFor(endpoint, topology, node));
    return forward(near, { set: "cluster", condition: "ready", topology });
  }
  return forward(endpoints.filter(isLastResort), {
    set: "cluster",
    condition: "serving-terminating",
    topology: "none",
  });
}

/**
 * Hints do not narrow it. Without an endpoint on this node it is silence if another node has one, so that a load
 * balancer sees a time-out and moves on; a refusal would be taken for the Service's own answer.
 */
function chooseLocal(endpoints: readonly Endpoint[], cluster: Target): Target {
  const local = endpoints.filter(({ backend }) => backend.local);
  const ready = local.filter((endpoint) => endpoint.ready);
  if (ready.length > 0) return forward(ready, { set: "local", condition: "ready", topology: "none" });
  const lastResort = local.filter(isLastResort);
  if (lastResort.length > 0 || cluster.kind === "reject") {
    return forward(lastResort, { set: "local", condition: "serving-terminating", topology: "none" });
  }
  return Object.freeze({ kind: "drop", reason: "no-local-endpoints" });
}

function forward(endpoints: readonly Endpoint[], choice: EndpointChoice): Target {
  if (endpoints.length === 0) return Object.freeze({ kind: "reject", reason: "no-endpoints" });
  return Object.freeze({ kind: "forward", backends: endpoints.map(({ backend }) => backend), choice });
}

/** KEP-1669: better an endpoint that is about to go than none, as long as it says that it serves. */
function isLastResort({ serving, terminating }: Endpoint): boolean {
  return serving && terminating;
}

/**
 * All or nothing (KEP-2433, KEP-3015): hints are followed only if every ready endpoint has them and one of them is for
 * this node; a zone that was forgotten must not lose its traffic.
 */
function topologyOf(ready: readonly Endpoint[], node: Pick<NodeView, "name" | "labels">): Topology {
  for (const topology of ["node-hints", "zone-hints"] as const) {
    const complete = ready.every((endpoint) => hintsOf(endpoint, topology) !== undefined);
    if (complete && ready.some((endpoint) => isMeantFor(endpoint, topology, node))) return topology;
  }
  return "none";
}

function isMeantFor(
  endpoint: Endpoint,
  topology: Topology,
  node: Pick<NodeView, "name" | "labels">,
): boolean {
  if (topology === "none") return true;
  const place = topology === "node-hints" ? node.name : zoneOf(node);
  return place !== undefined && (hintsOf(endpoint, topology) ?? []).includes(place);
}

function hintsOf(endpoint: Endpoint, topology: "node-hints" | "zone-hints"): readonly string[] | undefined {
  return topology === "node-hints" ? endpoint.nodeHints : endpoint.zoneHints;
}
