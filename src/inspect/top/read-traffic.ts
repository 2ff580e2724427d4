/** Reads what a proxy says of its NodePorts' traffic, in Prometheus' text format. Pure. */

export interface Traffic {
  /** `default/web:http` */
  readonly service: string;
  /** `NodePort/IPv4/TCP/*:30080` */
  readonly frontend: string;
  readonly connections: number;
  readonly active: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

type Field = Exclude<keyof Traffic, "service" | "frontend">;

const fields: ReadonlyMap<string, Field> = new Map([
  ["porthole_proxy_frontend_connections_total", "connections"],
  ["porthole_proxy_frontend_connections_active", "active"],
  ["porthole_proxy_frontend_received_bytes_total", "bytesReceived"],
  ["porthole_proxy_frontend_sent_bytes_total", "bytesSent"],
]);

/** NodePorts alone. Lines of other metrics, and lines that cannot be read, are passed over. */
export function readTraffic(text: string): readonly Traffic[] {
  const found = new Map<string, { -readonly [K in keyof Traffic]: Traffic[K] }>();
  const line = /^(\w+)\{service="([^"]*)",frontend="(NodePort\/[^"]*)"\} (\S+)$/gm;
  for (const [, name = "", service = "", frontend = "", value = ""] of text.matchAll(line)) {
    const field = fields.get(name);
    const number = Number(value);
    if (!field || !Number.isFinite(number)) continue;
    const one = found.get(frontend) ?? {
      service,
      frontend,
      connections: 0,
      active: 0,
      bytesReceived: 0,
      bytesSent: 0,
    };
    one[field] = number;
    found.set(frontend, one);
  }
  return [...found.values()];
}
