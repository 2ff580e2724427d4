import assert from "node:assert/strict";
import { test } from "node:test";
import { exportConfiguration } from "./export-configuration.ts";
import type { ExportFrontend, ExportModel } from "./export-model.ts";

/**
 * The part of Envoy's v3 API that is used, by the names of its reference documentation; Envoy itself is not run here. A string is a
 * message's name, in brackets it is repeated.
 */
type FieldType =
  | "string"
  | "number"
  | "boolean"
  | "duration"
  | readonly [string]
  | { readonly message: string };
const message = (name: string) => ({ message: name });
const extensions = "type.googleapis.com/envoy.extensions";
const schema: Readonly<Record<string, Readonly<Record<string, FieldType>>>> = {
  Bootstrap: { static_resources: message("StaticResources") },
  StaticResources: { listeners: ["Listener"], clusters: ["Cluster"] },
  Listener: {
    name: "string",
    address: message("Address"),
    filter_chains: ["FilterChain"],
    listener_filters: ["Extension"],
  },
  Address: { socket_address: message("SocketAddress") },
  SocketAddress: { protocol: "string", address: "string", port_value: "number" },
  FilterChain: { filters: ["Extension"] },
  Extension: { name: "string", typed_config: message("Any") },
  Cluster: {
    name: "string",
    type: "string",
    connect_timeout: "duration",
    lb_policy: "string",
    load_assignment: message("ClusterLoadAssignment"),
    health_checks: ["HealthCheck"],
    transport_socket: message("Extension"),
  },
  ClusterLoadAssignment: { cluster_name: "string", endpoints: ["LocalityLbEndpoints"] },
  LocalityLbEndpoints: { lb_endpoints: ["LbEndpoint"] },
  LbEndpoint: { endpoint: message("Endpoint"), load_balancing_weight: "number" },
  Endpoint: { address: message("Address"), health_check_config: message("HealthCheckConfig") },
  HealthCheckConfig: { port_value: "number" },
  HealthCheck: {
    timeout: "duration",
    interval: "duration",
    unhealthy_threshold: "number",
    healthy_threshold: "number",
    tcp_health_check: message("Empty"),
    http_health_check: message("HttpHealthCheck"),
  },
  HttpHealthCheck: { path: "string" },
  Empty: {},
  HashPolicy: { source_ip: message("Empty") },
  UdpHashPolicy: { source_ip: "boolean" },
  Matcher: { on_no_match: message("OnMatch") },
  OnMatch: { action: message("Extension") },
  ProxyProtocolConfig: { version: "string" },
  [`${extensions}.filters.network.tcp_proxy.v3.TcpProxy`]: {
    stat_prefix: "string",
    cluster: "string",
    max_connect_attempts: "number",
    hash_policy: ["HashPolicy"],
  },
  [`${extensions}.filters.udp.udp_proxy.v3.UdpProxyConfig`]: {
    stat_prefix: "string",
    matcher: message("Matcher"),
    hash_policies: ["UdpHashPolicy"],
  },
  [`${extensions}.filters.udp.udp_proxy.v3.Route`]: { cluster: "string" },
  [`${extensions}.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport`]: {
    config: message("ProxyProtocolConfig"),
    transport_socket: message("Extension"),
  },
  [`${extensions}.transport_sockets.raw_buffer.v3.RawBuffer`]: {},
};

function check(path: string, name: string, value: unknown): void {
  assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), `${path} is no ${name}`);
  const { "@type": type, ...fields } = value as Readonly<Record<string, unknown>>;
  const known = schema[name === "Any" ? String(type) : name];
  assert.ok(known, `${path}: there is no message ${name === "Any" ? type : name}`);
  for (const [field, content] of Object.entries(fields)) {
    const expected: FieldType | undefined = known[field];
    const at = `${path}.${field}`;
    assert.ok(expected, `${at}: ${name} has no such field`);
    if (expected === "duration") assert.match(String(content), /^\d+(\.\d+)?s$/, at);
    else if (typeof expected === "string") assert.equal(typeof content, expected, at);
    else if ("message" in expected) check(at, expected.message, content);
    else {
      assert.ok(Array.isArray(content) && content.length > 0, `${at} is no list`);
      for (const [index, item] of content.entries()) check(`${at}[${index}]`, expected[0], item);
    }
  }
}

const base: ExportFrontend = {
  name: "default_web_http",
  address: "0.0.0.0",
  port: 30080,
  protocol: "TCP",
  backends: [{ name: "a", address: "192.168.0.1", port: 30080, weight: 1 }],
  healthCheck: { kind: "tcp" },
  proxyProtocol: false,
  sticky: false,
};
const model: ExportModel = {
  frontends: [
    base,
    { ...base, name: "local", port: 30081, healthCheck: { kind: "http", port: 31000, path: "/healthz" } },
    { ...base, name: "sticky", port: 30082, sticky: true, proxyProtocol: true },
    { ...base, name: "dns", port: 30053, protocol: "UDP", sticky: true },
  ],
};

test("Envoy's configuration holds only fields that its messages have, of their types", () => {
  const text = exportConfiguration("envoy", model);
  const bootstrap = JSON.parse(text.replaceAll(/^#.*$/gm, ""));
  check("bootstrap", "Bootstrap", bootstrap);
  const { listeners, clusters } = bootstrap.static_resources;
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  assert.deepEqual(
    names(listeners),
    model.frontends.map(({ name }) => name),
  );
  assert.deepEqual(names(clusters), names(listeners));
});
