import assert from "node:assert/strict";
import { test } from "node:test";
import { exportConfiguration } from "./export-configuration.ts";
import type { ExportFrontend, ExportModel } from "./export-model.ts";
import { loadEnvoyProtos } from "./testing/envoy-protos.ts";

const base: ExportFrontend = {
  name: "default_web_http",
  address: "0.0.0.0",
  port: 30080,
  protocol: "TCP",
  backends: [
    { name: "a", address: "192.168.0.1", port: 30080, weight: 1 },
    { name: "b", address: "fd00::1", port: 30080, weight: 2 },
  ],
  healthCheck: { kind: "tcp" },
  sticky: false,
};
const model: ExportModel = {
  frontends: [
    base,
    { ...base, name: "local", port: 30081, healthCheck: { kind: "http", port: 31000, path: "/healthz" } },
    { ...base, name: "sticky", port: 30082, sticky: true, proxyProtocol: "v2" },
    { ...base, name: "dns", port: 30053, protocol: "UDP", sticky: true },
  ],
};

const check = loadEnvoyProtos();

function bootstrap() {
  return JSON.parse(exportConfiguration("envoy", model).replaceAll(/^#.*$/gm, ""));
}
const problemsOf = (value: unknown) => check("envoy.config.bootstrap.v3.Bootstrap", value);

test("Envoy's configuration holds to Envoy's own definitions and validation rules", () => {
  assert.deepEqual(problemsOf(bootstrap()), []);
});

test("a listener leads to the cluster of its name", () => {
  const { listeners, clusters } = bootstrap().static_resources;
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  assert.deepEqual(
    names(listeners),
    model.frontends.map(({ name }) => name),
  );
  assert.deepEqual(names(clusters), names(listeners));
});

// biome-ignore lint/suspicious/noExplicitAny: a configuration is broken here
const mistakes: readonly [what: string, (config: any) => void, RegExp][] = [
  [
    "no such field",
    ({ static_resources: it }) => (it.clusters[0].lb_polici = "RANDOM"),
    /no field lb_polici/,
  ],
  ["no such name", ({ static_resources: it }) => (it.clusters[0].lb_policy = "RANDOMLY"), /is no LbPolicy/],
  [
    "a port that is none",
    ({ static_resources: it }) => (it.listeners[0].address.socket_address.port_value = 70_000),
    /70000 is not lte 65535/,
  ],
  [
    "no address",
    ({ static_resources: it }) => delete it.listeners[0].address.socket_address.address,
    /address may not be empty/,
  ],
  [
    "a required field left out",
    ({ static_resources: it }) => delete it.clusters[0].health_checks[0].interval,
    /interval is required/,
  ],
  [
    "a number for a duration",
    ({ static_resources: it }) => (it.clusters[0].connect_timeout = 5),
    /no duration/,
  ],
  [
    "inside an extension",
    ({ static_resources: it }) => (it.listeners[0].filter_chains[0].filters[0].typed_config.clusters = "web"),
    /TcpProxy has no field clusters/,
  ],
];
for (const [what, change, pattern] of mistakes) {
  test(`the check finds ${what}`, () => {
    const config = bootstrap();
    change(config);
    assert.match(problemsOf(config)?.join("\n") ?? "", pattern);
  });
}
