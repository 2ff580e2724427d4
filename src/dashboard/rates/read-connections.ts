/** Reads how many connections there have been, from what proxies and load balancers tell in Prometheus' text format. Pure. */

export interface ConnectionCount {
  /** Of the line's metric. */
  readonly by: "proxy" | "balancer";
  /** `namespace/name` */
  readonly service: string;
  /** The port's name; "" for an unnamed one. */
  readonly port: string;
  /** `NodePort/IPv4/TCP/*:30080`: of several frontends of one port each counts for itself. */
  readonly frontend: string;
  readonly total: number;
}

const metrics = new Map<string, ConnectionCount["by"]>([
  ["porthole_proxy_frontend_connections_total", "proxy"],
  ["porthole_lb_frontend_connections_total", "balancer"],
]);

/** Lines of other metrics, and lines that cannot be read, are passed over. */
export function readConnections(text: string): readonly ConnectionCount[] {
  const counts: ConnectionCount[] = [];
  for (const [, name = "", labels = "", value = ""] of text.matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)) {
    const by = metrics.get(name);
    const total = Number(value);
    if (by === undefined || !Number.isFinite(total)) continue;
    const { service = "", frontend = "" } = readLabels(labels);
    const [, key, port = ""] = /^([^/:]+\/[^/:]+)(?::(.*))?$/.exec(service) ?? [];
    if (key !== undefined) counts.push({ by, service: key, port, frontend, total });
  }
  return counts;
}

function readLabels(text: string): Partial<Record<string, string>> {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(pairs.map(([, name, value = ""]) => [name, value.replaceAll(/\\(.)/g, "$1")]));
}
