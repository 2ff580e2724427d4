/** ForwardingStatus as text for people. */
import { describeServiceStatus } from "../api/proxy-report/service-status.ts";
import type { ForwardingStatus, ProxyStatus, ServiceForwarding } from "./forwarding-status.ts";

/** How to make good and bad stand out; returns the text as it is where there is no colour. */
export type StatusPaint = (kind: "good" | "bad" | "dim", text: string) => string;

/** So many Services that are not live everywhere are named. */
const maxNamed = 20;

/** The nodes, and the Services that are not live everywhere. */
export function formatForwardingStatus(
  { proxies, services }: ForwardingStatus,
  nowMs: number,
  paint: StatusPaint,
): string {
  if (proxies.every(({ report }) => report === undefined)) {
    return "No proxy of Porthole reports to this cluster: what forwards here says nothing of what it has made so.\n";
  }
  const notLive = services.filter(({ liveOn, nodes }) => liveOn < nodes);
  const summary =
    notLive.length === 0
      ? paint("good", `${count(services.length, "Service")} live on every node that is ready`)
      : paint("bad", `${notLive.length} of ${count(services.length, "Service")} not live on every node`);
  const lines = notLive.slice(0, maxNamed).map((one) => `  ${one.service}: ${describeServiceStatus(one)}`);
  const left = notLive.length - lines.length;
  return `${[
    ...formatProxies(proxies, nowMs, paint),
    "",
    summary,
    ...lines,
    ...(left > 0 ? [`  and ${left} more`] : []),
  ].join("\n")}\n`;
}

/** One Service, with every node on which it is not live. */
export function formatServiceForwarding(service: ServiceForwarding, paint: StatusPaint): string {
  const { nodes, liveOn, notLive, notReady, readyEndpoints } = service;
  const isLive = liveOn === nodes;
  const lines = [
    `${service.service}: ${paint(isLive ? "good" : "bad", `live on ${liveOn} of ${count(nodes, "node")}`)}, ${count(readyEndpoints, "ready endpoint")}`,
    ...notLive.map(({ node, why = "" }) => `  ${node}: ${why}`),
    ...notReady.map((node) => paint("dim", `  ${node}: not ready, so it does not count`)),
    ...(readyEndpoints === 0 ? ["  no endpoint is ready, so clients are refused"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function formatProxies(
  proxies: readonly ProxyStatus[],
  nowMs: number,
  paint: StatusPaint,
): readonly string[] {
  const rows = proxies.map((proxy) => {
    const { node, report, renewedAtMs } = proxy;
    return [
      node,
      report?.mode ?? "-",
      report ? String(report.programmed) : "-",
      report ? String(report.problems.length + report.moreProblems) : "-",
      renewedAtMs === undefined ? "never" : `${Math.max(0, Math.round((nowMs - renewedAtMs) / 1000))} s ago`,
      stateOf(proxy),
    ];
  });
  const header = ["NODE", "MODE", "FRONTENDS", "PROBLEMS", "REPORTED", "STATE"];
  const table = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row, index) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
    return index > 0 && row.at(-1) !== "forwards" ? paint("bad", line) : line;
  });
}

function stateOf({ report, isAlive, isNodeReady }: ProxyStatus): string {
  if (!isNodeReady) return "node is not ready";
  if (!report) return "no proxy of Porthole";
  if (!isAlive) return "silent";
  return report.failure === undefined ? "forwards" : `cannot forward: ${report.failure}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
