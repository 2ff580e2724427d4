/** What the page is told of a node: the Node object and its proxy's report. Pure. */
import { isNodeReady, type Lease, type Node } from "../../api/node.ts";
import { renewedAtMs, reportOfLease, reportValidMs } from "../../api/proxy-report/proxy-report.ts";
import { statedAddresses } from "../../proxy/index.ts";
import type { NodeProxyRow, NodeRow } from "./rows.ts";

const zoneLabel = "topology.kubernetes.io/zone";

/** `nowMs` decides whether the proxy is heard of. */
export function nodeRow(node: Node, lease: Lease | undefined, nowMs: number): NodeRow {
  const proxy = lease && proxyRow(lease, nowMs);
  return {
    name: node.metadata.name,
    addresses: statedAddresses(node),
    ready: isNodeReady(node),
    cordoned: node.spec?.unschedulable ?? false,
    zone: node.metadata.labels?.[zoneLabel] ?? "",
    ...(proxy && { proxy }),
  };
}

function proxyRow(lease: Lease, nowMs: number): NodeProxyRow | undefined {
  const report = reportOfLease(lease);
  if (!report) return undefined;
  const { mode, services, endpointSlices, programmed, failure, problems, moreProblems } = report;
  return {
    mode,
    services,
    endpointSlices,
    programmed,
    ...(failure !== undefined && { failure }),
    problems,
    moreProblems,
    isAlive: nowMs - renewedAtMs(lease) < reportValidMs,
  };
}
