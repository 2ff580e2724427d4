/** Envoy's bootstrap configuration (v3 API) as JSON, which Envoy reads as YAML, so that comments can stand before it. */
import { checks, connectTimeoutSeconds, type ExportBackend, type ExportFrontend } from "./export-model.ts";

const types = "type.googleapis.com/envoy.extensions";

/** All of them have backends. */
export function formatEnvoy(frontends: readonly ExportFrontend[]): string {
  const bootstrap = {
    static_resources: { listeners: frontends.map(listener), clusters: frontends.map(cluster) },
  };
  return JSON.stringify(bootstrap, undefined, 2);
}

function listener({ name, address, port, protocol, sticky }: ExportFrontend): object {
  const hash = sticky ? { hash_policy: [{ source_ip: {} }] } : {};
  if (protocol === "UDP") {
    const typed = (type: string, rest: object) => ({
      "@type": `${types}.filters.udp.udp_proxy.v3.${type}`,
      ...rest,
    });
    const route = { name: "route", typed_config: typed("Route", { cluster: name }) };
    return {
      name,
      address: socketAddress(address, port, "UDP"),
      listener_filters: [
        {
          name: "envoy.filters.udp_listener.udp_proxy",
          typed_config: typed("UdpProxyConfig", {
            stat_prefix: name,
            matcher: { on_no_match: { action: route } },
            ...(sticky && { hash_policies: [{ source_ip: true }] }),
          }),
        },
      ],
    };
  }
  const proxy = {
    "@type": `${types}.filters.network.tcp_proxy.v3.TcpProxy`,
    stat_prefix: name,
    cluster: name,
    max_connect_attempts: 3,
    ...hash,
  };
  return {
    name,
    address: socketAddress(address, port),
    filter_chains: [{ filters: [{ name: "envoy.filters.network.tcp_proxy", typed_config: proxy }] }],
  };
}

function cluster({ name, protocol, backends, healthCheck, proxyProtocol, sticky }: ExportFrontend): object {
  const check = {
    timeout: `${checks.timeoutMs / 1000}s`,
    interval: `${checks.intervalMs / 1000}s`,
    unhealthy_threshold: checks.fall,
    healthy_threshold: checks.rise,
  };
  const health =
    healthCheck.kind === "http"
      ? [{ ...check, http_health_check: { path: healthCheck.path } }]
      : protocol === "TCP"
        ? [{ ...check, tcp_health_check: {} }]
        : [];
  const port = healthCheck.kind === "http" ? healthCheck.port : undefined;
  return {
    name,
    type: "STATIC",
    connect_timeout: `${connectTimeoutSeconds}s`,
    lb_policy: sticky ? "RING_HASH" : "ROUND_ROBIN",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: backends.map((backend) => endpoint(backend, port)) }],
    },
    ...(health.length > 0 && { health_checks: health }),
    ...(proxyProtocol && protocol === "TCP" && { transport_socket: proxyProtocolSocket(proxyProtocol) }),
  };
}

function endpoint({ address, port, weight }: ExportBackend, checkPort: number | undefined): object {
  return {
    endpoint: {
      address: socketAddress(address, port),
      ...(checkPort !== undefined && { health_check_config: { port_value: checkPort } }),
    },
    load_balancing_weight: weight,
  };
}

function proxyProtocolSocket(version: "v1" | "v2"): object {
  return {
    name: "envoy.transport_sockets.upstream_proxy_protocol",
    typed_config: {
      "@type": `${types}.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport`,
      config: { version: version.toUpperCase() },
      transport_socket: {
        name: "envoy.transport_sockets.raw_buffer",
        typed_config: { "@type": `${types}.transport_sockets.raw_buffer.v3.RawBuffer` },
      },
    },
  };
}

function socketAddress(address: string, port: number, protocol?: "UDP"): object {
  return { socket_address: { ...(protocol && { protocol }), address, port_value: port } };
}
