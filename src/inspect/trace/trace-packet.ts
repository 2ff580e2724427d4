/** tracePacket: the way of a packet, as every proxy that keeps to Kubernetes' rules must lead it. */
import { serviceNameLabel } from "../../api/endpoint-slice.ts";
import type { Service } from "../../api/service.ts";
import {
  buildForwardingTable,
  type Decision,
  decide,
  type Frontend,
  type Reason,
  type SourceScope,
  type Target,
} from "../../forwarding/index.ts";
import { type ViewSettings, viewOfNode } from "../../proxy/index.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import { explainEndpoints } from "./explain-endpoints.ts";
import { explainNobody } from "./explain-nobody.ts";
import { placePacket } from "./place-packet.ts";
import type { FrontendStep, RewriteStep, Trace, TraceQuery, TraceStep } from "./trace.ts";

/** Every address that a Node states: what a proxy narrows it to stands in its configuration, which the API does not tell. */
const defaultView: ViewSettings = {
  nodePortAddresses: { primary: true, cidrs: ["0.0.0.0/0", "::/0"] },
  podDetection: { kind: "node-cidr" },
};
/** Stands for "some client outside" (RFC 5737, RFC 3849). */
const somebodyOutside = { IPv4: "203.0.113.1", IPv6: "2001:db8::1" };

/** A pure function of what the API says. Throws UnknownPlaceError where the query names a pod or node that is not there. */
export function tracePacket(objects: ClusterObjects, query: TraceQuery): Trace {
  const { node, source, nodeStep } = placePacket(objects, query);
  const view = viewOfNode(node, defaultView, { localAddresses: [], serviceCIDRs: [] });
  const { table } = buildForwardingTable({ ...objects, node: view });
  const decision = decide(table, {
    from: {
      address: source.address ?? somebodyOutside[query.address.includes(":") ? "IPv6" : "IPv4"],
      scope: source.scope,
    },
    to: query.address,
    protocol: query.protocol,
    port: query.port,
  });
  const steps: TraceStep[] = [source, nodeStep];
  if (decision.verdict === "not-ours") steps.push(explainNobody(objects, query, decision.reasons));
  else steps.push(...stepsAt(decision.frontend, { objects, decision, scope: source.scope, node: view.name }));
  return {
    query,
    steps,
    verdict: decision.verdict,
    backends: decision.verdict === "forward" ? decision.backends.map(({ key }) => key) : [],
  };
}

interface At {
  readonly objects: ClusterObjects;
  readonly decision: Decision;
  readonly scope: SourceScope;
  readonly node: string;
}

function stepsAt(frontend: Frontend, { objects, decision, scope, node }: At): readonly TraceStep[] {
  const { namespace, name } = frontend.service;
  const isMeant = (labels: Readonly<Record<string, string>> | undefined) =>
    labels?.[serviceNameLabel] === name;
  const slices = objects.endpointSlices.filter(
    ({ metadata }) => metadata.namespace === namespace && isMeant(metadata.labels),
  );
  const service = objects.services.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  );
  const target = scope === "external" ? frontend.external : frontend.internal;
  const { sourceRanges, affinitySeconds } = frontend;
  const refused = decision.reasons.some(({ code }) => code === "source-not-in-ranges");
  const rewrite = rewriteOf(decision);
  return [
    ...(service ? frontendSteps(service, frontend, scope) : []),
    ...(sourceRanges ? [{ kind: "source-ranges", ranges: sourceRanges, allowed: !refused } as const] : []),
    {
      kind: "endpoints",
      ...choiceOf(target),
      endpoints: explainEndpoints(frontend, target, { slices, pods: objects.pods, nodeName: node }),
    },
    ...(affinitySeconds !== undefined ? [{ kind: "affinity", seconds: affinitySeconds } as const] : []),
    ...(rewrite ? [rewrite] : []),
  ];
}

function choiceOf(target: Target) {
  return target.kind === "forward" && target.choice ? { choice: target.choice } : {};
}

function frontendSteps(
  service: Service,
  { kind, port: number, service: { port: portName } }: Frontend,
  scope: SourceScope,
): readonly TraceStep[] {
  const { metadata, spec } = service;
  const port = (spec.ports ?? []).find(
    (candidate) =>
      (candidate.name ?? "") === portName &&
      (kind === "NodePort" ? candidate.nodePort : candidate.port) === number,
  );
  const field = kind === "ClusterIP" ? "internalTrafficPolicy" : "externalTrafficPolicy";
  const value = spec[field] ?? "Cluster";
  const step: FrontendStep = {
    kind: "frontend",
    frontend: kind,
    service: `${metadata.namespace}/${metadata.name}`,
    serviceType: spec.type ?? "ClusterIP",
    portName,
    port: port?.port ?? number,
    ...(port?.targetPort !== undefined && { targetPort: port.targetPort }),
    ...(port?.nodePort && { nodePort: port.nodePort }),
  };
  const shortCircuited = kind !== "ClusterIP" && value === "Local" && scope !== "external";
  return [step, { kind: "policy", field, value, shortCircuited }];
}

function rewriteOf({ verdict, reasons }: Decision): RewriteStep | undefined {
  if (verdict !== "forward") return undefined;
  const hairpin = reasons.find((reason) => reason.code === "hairpin");
  const source = reasons.find(isAboutSource);
  if (!source) return undefined;
  return {
    kind: "rewrite",
    source: source.code === "source-kept" ? "kept" : "masqueraded",
    because: source.because,
    ...(hairpin && { hairpin: hairpin.backend }),
  };
}

function isAboutSource(
  reason: Reason,
): reason is Extract<Reason, { code: "source-kept" | "source-masqueraded" }> {
  return reason.code === "source-kept" || reason.code === "source-masqueraded";
}
