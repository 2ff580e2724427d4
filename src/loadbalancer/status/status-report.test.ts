import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatStatus } from "../../cli/commands/lb-status.ts";
import type { BalancedBackend, BalancedFrontend } from "../balanced-frontend.ts";
import { formatBalancerMetrics } from "./balancer-metrics.ts";
import { buildStatusReport, type StatusSource } from "./status-report.ts";

const node = (number: number): BalancedBackend => ({
  key: `192.0.2.${number}:30080`,
  address: `192.0.2.${number}`,
  port: 30_080,
  node: `node-${number}`,
  weight: 1,
});

const balanced: BalancedFrontend = {
  key: "LoadBalancerIP/IPv4/TCP/203.0.113.1:80",
  service: { namespace: "default", name: "web", port: "http" },
  address: "203.0.113.1",
  family: "IPv4",
  protocol: "TCP",
  port: 80,
  backends: [node(1), node(2)],
};

const sinceMs = Date.parse("2026-01-01T00:00:00Z");
const counters = { connections: 7, active: 2, bytesReceived: 10, bytesSent: 20, refused: 1 };

const source: StatusSource = {
  name: "lb-1",
  targetCount: 2,
  states: () =>
    new Map([
      [
        balanced.key,
        {
          balanced,
          statuses: [
            { state: "healthy", isUsed: true, reason: "it answers", sinceMs, weight: 3 },
            { state: "unhealthy", isUsed: false, reason: "no answer", sinceMs, weight: 0 },
          ],
          draining: [{ backend: node(3), sinceMs, untilMs: sinceMs + 30_000 }],
          nextMs: undefined,
        },
      ],
    ]),
  counters: () => new Map([[balanced.key, counters]]),
  refreshCounters: async () => {},
  problems: () => [{ frontend: balanced.key, code: "permission-denied", message: "Cannot listen on it" }],
};

describe("what a balancer says of itself", () => {
  test("a person reads each backend with its state, its reason and since when", () => {
    assert.equal(
      formatStatus(buildStatusReport(source)),
      [
        "203.0.113.1:80 TCP  default/web:http  2 open, 7 in all",
        "  ! Cannot listen on it",
        "  node-1  192.0.2.1:30080  healthy    weight 3  it answers, since 2026-01-01T00:00:00Z",
        "  node-2  192.0.2.2:30080  unhealthy  weight 0  no answer, since 2026-01-01T00:00:00Z",
        "  node-3  192.0.2.3:30080  draining   weight 0  it left; connections may go on until 2026-01-01T00:00:30Z, since 2026-01-01T00:00:00Z",
        "",
      ].join("\n"),
    );
  });

  test("no frontends, and a frontend that nobody serves, are said in words", () => {
    assert.equal(formatStatus({ name: "lb", targets: 0, frontends: [] }), "There are no frontends.\n");
    const [frontend] = buildStatusReport(source).frontends;
    assert.ok(frontend);
    assert.match(
      formatStatus({ name: "lb", targets: 0, frontends: [{ ...frontend, backends: [] }] }),
      /nobody serves it: clients are refused/,
    );
  });

  test("Prometheus reads numbers by frontend and by backend", () => {
    const lines = formatBalancerMetrics(buildStatusReport(source)).split("\n");
    const labels = `service="default/web:http",frontend="${balanced.key}"`;
    for (const line of [
      "porthole_lb_targets 2",
      `porthole_lb_frontend_connections_total{${labels}} 7`,
      `porthole_lb_frontend_connections_active{${labels}} 2`,
      `porthole_lb_frontend_up{${labels}} 0`,
      `porthole_lb_backend_weight{${labels},node="node-1",backend="192.0.2.1:30080"} 3`,
      `porthole_lb_backend_healthy{${labels},node="node-2",backend="192.0.2.2:30080"} 0`,
    ]) {
      assert.ok(lines.includes(line), line);
    }
  });
});
