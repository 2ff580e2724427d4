/** Answers what the page asks for details: the trace of a line, the doctor's report of a Service, what a node must have programmed. */

import type { ApiClient } from "../../client/index.ts";
import {
  buildForwardingTable,
  type Frontend,
  type FrontendKind,
  type ServicePortName,
  type Target,
} from "../../forwarding/index.ts";
import {
  allChecks,
  type ClusterObjects,
  diagnose,
  parseDestination,
  tracePacket,
  UnknownPlaceError,
} from "../../inspect/index.ts";
import { viewOfNode } from "../../proxy/index.ts";
import type { DoctorAnswer, NodeAnswer, NodeFrontend, TraceAnswer } from "../model/answers.ts";
import type { ClusterFeed } from "./cluster-feed.ts";
import { tellTrace } from "./trace-story.ts";

/** A question that cannot be answered; the message says why. */
export class QuestionError extends Error {
  override readonly name = "QuestionError";
}

const mostFrontends = 500;

/** Every address that a Node states, as in `porthole trace`: what a proxy narrows it to stands in its configuration. */
const anyProxy = {
  nodePortAddresses: { primary: true, cidrs: ["0.0.0.0/0", "::/0"] },
  podDetection: { kind: "node-cidr" },
} as const;
const nothingElse = { localAddresses: [], serviceCIDRs: [] };

/** From what is in memory; pods are not, and a trace from outside does not need them. */
function objectsOf(feed: ClusterFeed): ClusterObjects {
  return {
    nodes: [...feed.nodes.items().values()],
    services: [...feed.services.items().values()],
    endpointSlices: [...feed.endpointSlices.items().values()],
    pods: [],
  };
}

/** `to=ADDRESS:PORT`, `protocol=TCP|UDP|SCTP`, `node=NAME` where the address is every node's. */
export function askTrace(feed: ClusterFeed, query: URLSearchParams): TraceAnswer {
  const protocol = query.get("protocol") ?? "TCP";
  const node = query.get("node") ?? "";
  if (protocol !== "TCP" && protocol !== "UDP" && protocol !== "SCTP")
    throw new QuestionError(`"${protocol}" is no protocol: write TCP, UDP or SCTP`);
  try {
    const destination = parseDestination(query.get("to") ?? "");
    return tellTrace(
      tracePacket(objectsOf(feed), { ...destination, protocol, ...(node !== "" && { node }) }),
    );
  } catch (error) {
    if (error instanceof UnknownPlaceError || error instanceof RangeError)
      throw new QuestionError(error.message);
    throw error;
  }
}

/** `service=NAMESPACE/NAME`: reads the cluster anew, since it needs pods and Events, and asks the nodes over TCP. */
export async function askDoctor(
  client: ApiClient,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<DoctorAnswer> {
  try {
    const { diagnoses } = await diagnose(client, { service: query.get("service") ?? "" }, signal);
    return { findings: diagnoses, checks: allChecks.length };
  } catch (error) {
    if (error instanceof UnknownPlaceError) throw new QuestionError(error.message);
    throw error;
  }
}

/** `name=NODE`, `filter=TEXT` of what is listed. */
export function askNode(feed: ClusterFeed, query: URLSearchParams): NodeAnswer {
  const name = query.get("name") ?? "";
  const filter = (query.get("filter") ?? "").toLowerCase();
  const node = feed.nodes.get({ name });
  if (!node) throw new QuestionError(`There is no node "${name}"`);
  const view = viewOfNode(node, anyProxy, nothingElse);
  const { table } = buildForwardingTable({ ...objectsOf(feed), node: view });
  const inOrder = [...table.frontends.values()].sort((a, b) => kindOrder[a.kind] - kindOrder[b.kind]);
  const frontends = inOrder.map(describeFrontend).filter(isWanted(filter));
  return { name, frontends: frontends.slice(0, mostFrontends), total: frontends.length };
}

/** What is reached from outside first. */
const kindOrder: Readonly<Record<FrontendKind, number>> = {
  NodePort: 0,
  LoadBalancerIP: 1,
  ExternalIP: 2,
  ClusterIP: 3,
};

function isWanted(filter: string): (frontend: NodeFrontend) => boolean {
  return ({ kind, place, service }) => `${kind} ${place} ${service}`.toLowerCase().includes(filter);
}

function describeFrontend({
  kind,
  address = "*",
  port,
  protocol,
  service,
  external,
}: Frontend): NodeFrontend {
  const host = address.includes(":") ? `[${address}]` : address;
  return {
    kind,
    place: `${host}:${port}/${protocol}`,
    service: nameOf(service),
    leadsTo: targetText(external),
    tone: external.kind === "forward" ? "good" : "bad",
  };
}

function nameOf({ namespace, name, port }: ServicePortName): string {
  return `${namespace}/${name}${port === "" ? "" : `:${port}`}`;
}

function targetText(target: Target): string {
  switch (target.kind) {
    case "forward": {
      const [first] = target.backends;
      return target.backends.length === 1 ? (first?.key ?? "") : `${target.backends.length} endpoints`;
    }
    case "reject":
      return "refused: no endpoints";
    case "drop":
      return "dropped: none on this node";
  }
}
