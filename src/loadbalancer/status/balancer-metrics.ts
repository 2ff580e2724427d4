/** What a load balancer measures, in Prometheus' text format. Pure. */
import type { CountedField } from "../../dataplane/index.ts";
import type { BackendReport, FrontendReport, StatusReport, VirtualRouterReport } from "./status-report.ts";

interface Family<T> {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly value: (of: T) => number;
}

const counted = (field: CountedField) => (frontend: FrontendReport) => frontend.counters?.[field] ?? 0;

const ofFrontends: readonly Family<FrontendReport>[] = [
  {
    name: "porthole_lb_frontend_connections_total",
    type: "counter",
    help: "TCP connections and UDP flows that were led to a backend",
    value: counted("connections"),
  },
  {
    name: "porthole_lb_frontend_connections_active",
    type: "gauge",
    help: "Those of them that are open",
    value: counted("active"),
  },
  {
    name: "porthole_lb_frontend_received_bytes_total",
    type: "counter",
    help: "Bytes from clients: payload in mode userspace, whole packets where the kernel forwards",
    value: counted("bytesReceived"),
  },
  {
    name: "porthole_lb_frontend_sent_bytes_total",
    type: "counter",
    help: "Bytes to clients: payload in mode userspace, whole packets where the kernel forwards",
    value: counted("bytesSent"),
  },
  {
    name: "porthole_lb_frontend_refused_total",
    type: "counter",
    help: "Clients that were turned away: no backend, none that answered, or a bound reached",
    value: counted("refused"),
  },
  {
    name: "porthole_lb_frontend_up",
    type: "gauge",
    help: "Whether it is served: its address could be had",
    value: ({ problems }) => (problems.length === 0 ? 1 : 0),
  },
];

const ofBackends: readonly Family<BackendReport>[] = [
  {
    name: "porthole_lb_backend_weight",
    type: "gauge",
    help: "Share of new connections relative to the frontend's other backends; 0: none",
    value: ({ weight }) => weight,
  },
  {
    name: "porthole_lb_backend_healthy",
    type: "gauge",
    help: "Whether its health checks pass",
    value: ({ state }) => (state === "healthy" ? 1 : 0),
  },
];

const ofRouters: readonly Family<VirtualRouterReport>[] = [
  {
    name: "porthole_lb_virtual_router_active",
    type: "gauge",
    help: "Whether this balancer has the virtual router's addresses",
    value: ({ state }) => (state === "active" || state === "leaving" ? 1 : 0),
  },
];

export function formatBalancerMetrics({ targets, frontends, sharing }: StatusReport): string {
  const header = ({ name, help, type }: Family<never>) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  const frontendLabels = ({ service, key }: FrontendReport) => `service="${service}",frontend="${key}"`;
  const lines: string[] = [
    "# HELP porthole_lb_targets What is asked for its health\n# TYPE porthole_lb_targets gauge\n",
    `porthole_lb_targets ${targets}\n`,
  ];
  for (const family of ofFrontends) {
    lines.push(header(family));
    for (const one of frontends) lines.push(`${family.name}{${frontendLabels(one)}} ${family.value(one)}\n`);
  }
  for (const family of ofBackends) {
    lines.push(header(family));
    for (const frontend of frontends) {
      for (const one of frontend.backends) {
        const labels = `${frontendLabels(frontend)},node="${escaped(one.node)}",backend="${one.address}:${one.port}"`;
        lines.push(`${family.name}{${labels}} ${family.value(one)}\n`);
      }
    }
  }
  for (const family of ofRouters) {
    lines.push(header(family));
    for (const one of sharing?.routers ?? []) {
      lines.push(`${family.name}{router="${one.id}",family="${one.family}"} ${family.value(one)}\n`);
    }
  }
  return lines.join("");
}

/** Names of nodes come from a file that anybody may have written. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
