import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../api/node.ts";
import type { Service } from "../../api/service.ts";
import { frontendsOf } from "./frontends-of.ts";

function node(name: string, addresses: readonly string[], metadata: object = {}): Node {
  const status = { addresses: addresses.map((address) => ({ type: "InternalIP", address })) };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, ...metadata },
    spec: {},
    status,
  } as unknown as Node;
}

function service(name: string, spec: object, metadata: object = {}): Service {
  const whole = { type: "NodePort", sessionAffinity: "None", ...spec };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "default", name, ...metadata },
    spec: whole,
    status: {},
  } as unknown as Service;
}

const nodes = [node("b", ["192.168.0.2", "fd00::2"]), node("a", ["192.168.0.1", "fd00::1"])];
const web = { ports: [{ name: "http", protocol: "TCP", port: 80, nodePort: 30080 }] };

test("each NodePort becomes a frontend that leads to all nodes", () => {
  assert.deepEqual(frontendsOf([service("web", web)], nodes).frontends, [
    {
      name: "default_web_http",
      address: "0.0.0.0",
      port: 30080,
      protocol: "TCP",
      backends: [
        { name: "a", address: "192.168.0.1", port: 30080, weight: 1 },
        { name: "b", address: "192.168.0.2", port: 30080, weight: 1 },
      ],
      healthCheck: { kind: "http", port: 10_256, path: "/healthz" },
      sticky: false,
    },
  ]);
});

test("the nodes' family is that of the Service, and ports without a NodePort or of SCTP are left out", () => {
  const ports = [
    { name: "dns", protocol: "UDP", port: 53, nodePort: 30053 },
    { name: "inner", protocol: "TCP", port: 54 },
    { name: "s", protocol: "SCTP", port: 55, nodePort: 30055 },
  ];
  const { frontends } = frontendsOf([service("dns", { ports, ipFamilies: ["IPv6", "IPv4"] })], nodes);
  assert.deepEqual(
    frontends.map(({ name, backends }) => [name, backends.map(({ address }) => address)]),
    [["default_dns_dns", ["fd00::1", "fd00::2"]]],
  );
});

test("policy Local is checked by its health-check port; affinity and PROXY protocol are carried over", () => {
  const spec = { ...web, healthCheckNodePort: 31000, sessionAffinity: "ClientIP" };
  const annotations = { "porthole.dev/load-balancer-proxy-protocol": "v1" };
  const [frontend] = frontendsOf([service("web", spec, { annotations })], nodes).frontends;
  assert.deepEqual(frontend?.healthCheck, { kind: "http", port: 31000, path: "/healthz" });
  assert.deepEqual([frontend?.sticky, frontend?.proxyProtocol], [true, "v1"]);
});

test("NodePorts are asked by TCP where the proxies' health is not to be asked", () => {
  const [frontend] = frontendsOf([service("web", web)], nodes, { proxyHealthPort: 0 }).frontends;
  assert.deepEqual(frontend?.healthCheck, { kind: "tcp" });
});

test("nodes that go, or that load balancers are to leave alone, are no backends", () => {
  const going = node("c", ["192.168.0.3"], { deletionTimestamp: "2026-01-01T00:00:00Z" });
  const excluded = node("d", ["192.168.0.4"], {
    labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" },
  });
  const [frontend] = frontendsOf([service("web", web)], [going, excluded, ...nodes]).frontends;
  assert.deepEqual(
    frontend?.backends.map(({ name }) => name),
    ["a", "b"],
  );
});
