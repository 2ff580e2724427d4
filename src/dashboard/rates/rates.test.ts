import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RateMeter } from "./rate-meter.ts";
import { readConnections } from "./read-connections.ts";

const text = `# HELP porthole_proxy_frontend_connections_total Connections
# TYPE porthole_proxy_frontend_connections_total counter
porthole_proxy_frontend_connections_total{service="default/web:http",frontend="NodePort/IPv4/TCP/*:30080"} 7
porthole_proxy_frontend_connections_total{service="default/plain",frontend="ClusterIP/IPv4/TCP/10.96.0.9:80"} 3
porthole_lb_frontend_connections_total{service="default/web:http",frontend="LoadBalancerIP/IPv4/TCP/203.0.113.1:80"} 5
process_cpu_seconds_total 3.5
porthole_lb_frontend_connections_total{service="nonsense",frontend="x"} 5
porthole_lb_frontend_connections_total{service="default/web",frontend="x"} many
`;

describe("rates", () => {
  test("counts are read with their Service, its port and who counted; other lines are passed over", () => {
    assert.deepEqual(
      readConnections(text).map(({ by, service, port, total }) => [by, service, port, total]),
      [
        ["proxy", "default/web", "http", 7],
        ["proxy", "default/plain", "", 3],
        ["balancer", "default/web", "http", 5],
      ],
    );
  });

  const count = (total: number, frontend = "NodePort/IPv4/TCP/*:30080") => [
    { by: "proxy" as const, service: "default/web", port: "http", frontend, total },
  ];

  test("two readings make a rate; a counter that began anew counts from nothing", () => {
    const meter = new RateMeter();
    meter.take("a", "node-1", count(100), 0);
    assert.deepEqual(meter.rows(), []);
    meter.take("a", "node-1", count(150), 2000);
    assert.deepEqual(meter.rows(), [["node-1|default/web|http", 25]]);
    meter.take("a", "node-1", count(6), 4000);
    assert.deepEqual(meter.rows(), [["node-1|default/web|http", 3]]);
    meter.forget("a");
    assert.deepEqual(meter.rows(), []);
  });

  test("frontends of one port add up, and only NodePorts are on the line to a node", () => {
    const meter = new RateMeter();
    const both = (total: number) => [
      ...count(total),
      ...count(total, "NodePort/IPv6/TCP/*:30080"),
      ...count(total, "ClusterIP/IPv4/TCP/10.96.0.9:80"),
    ];
    meter.take("a", "node-1", both(0), 0);
    meter.take("a", "node-1", both(10), 1000);
    assert.deepEqual(meter.rows(), [["node-1|default/web|http", 20]]);
  });
});
