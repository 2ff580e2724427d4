/** What the dataplane counts of frontends, in Prometheus' text format. Pure. */
import type { CountedField, FrontendCounters } from "../../dataplane/dataplane.ts";
import { type ForwardingTable, type Frontend, formatServicePortName } from "../../forwarding/index.ts";

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly field: CountedField;
}

const families: readonly Family[] = [
  {
    name: "porthole_proxy_frontend_connections_total",
    type: "counter",
    help: "TCP connections and UDP flows that were led to an endpoint",
    field: "connections",
  },
  {
    name: "porthole_proxy_frontend_connections_active",
    type: "gauge",
    help: "Those of them that the node still knows",
    field: "active",
  },
  {
    name: "porthole_proxy_frontend_received_bytes_total",
    type: "counter",
    help: "Bytes from clients: payload in mode userspace, whole packets where the kernel forwards",
    field: "bytesReceived",
  },
  {
    name: "porthole_proxy_frontend_sent_bytes_total",
    type: "counter",
    help: "Bytes to clients: payload in mode userspace, whole packets where the kernel forwards",
    field: "bytesSent",
  },
  {
    name: "porthole_proxy_frontend_received_packets_total",
    type: "counter",
    help: "Packets from clients, where the kernel forwards",
    field: "packetsReceived",
  },
  {
    name: "porthole_proxy_frontend_sent_packets_total",
    type: "counter",
    help: "Packets to clients, where the kernel forwards",
    field: "packetsSent",
  },
  {
    name: "porthole_proxy_frontend_refused_total",
    type: "counter",
    help: "Clients that were turned away: no endpoint, none that answered, or a bound reached; packets where the kernel forwards",
    field: "refused",
  },
];

interface Used {
  readonly frontend: Frontend;
  readonly counted: FrontendCounters;
}

/** A time series for each of so many frontends is as much as a Prometheus takes from one target without harm. */
const mostFrontends = 10_000;

/** Frontends that nobody has come to are left out, so that a large cluster's many idle ones cost nothing. */
export function formatFrontendMetrics(
  { frontends }: Pick<ForwardingTable, "frontends">,
  counters: ReadonlyMap<string, FrontendCounters>,
): string {
  const used: Used[] = [];
  for (const [key, counted] of counters) {
    const frontend = frontends.get(key);
    if (!frontend || isUnused(counted)) continue;
    used.push({ frontend, counted });
    if (used.length === mostFrontends) break;
  }
  return families.map((family) => familyText(family, used)).join("") + droppedText(used);
}

function isUnused({ connections, refused = 0, dropped = {} }: FrontendCounters): boolean {
  return connections + refused === 0 && Object.keys(dropped).length === 0;
}

function droppedText(used: readonly Used[]): string {
  const name = "porthole_proxy_frontend_dropped_total";
  const lines = used.flatMap(({ frontend, counted: { dropped = {} } }) =>
    Object.entries(dropped).map(
      ([reason, value]) => `${name}{${labelsOf(frontend)},reason="${reason}"} ${value}\n`,
    ),
  );
  const help = "Packets that got no answer on purpose; in mode userspace connections and datagrams";
  return `# HELP ${name} ${help}\n# TYPE ${name} counter\n${lines.join("")}`;
}

function familyText({ name, type, help, field }: Family, used: readonly Used[]): string {
  const lines = used.flatMap(({ frontend, counted }) => {
    const value = counted[field];
    return value === undefined ? [] : [`${name}{${labelsOf(frontend)}} ${value}\n`];
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelsOf({ key, service }: Frontend): string {
  return `service="${formatServicePortName(service)}",frontend="${key}"`;
}
