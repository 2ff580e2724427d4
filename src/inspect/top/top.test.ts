import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatBytes, formatTop } from "./format-top.ts";
import { readTraffic } from "./read-traffic.ts";
import { TrafficRates } from "./traffic-rates.ts";

const text = (connections: number, bytes = 0) => `# HELP porthole_proxy_frontend_connections_total x
porthole_proxy_frontend_connections_total{service="default/web:http",frontend="NodePort/IPv4/TCP/*:30080"} ${connections}
porthole_proxy_frontend_connections_total{service="default/web:http",frontend="NodePort/IPv6/TCP/*:30080"} 1
porthole_proxy_frontend_connections_active{service="default/web:http",frontend="NodePort/IPv4/TCP/*:30080"} 3
porthole_proxy_frontend_received_bytes_total{service="default/web:http",frontend="NodePort/IPv4/TCP/*:30080"} ${bytes}
porthole_proxy_frontend_connections_total{service="default/web:http",frontend="ClusterIP/IPv4/TCP/10.96.0.1:80"} 9
kubeproxy_proxy_healthz_total{code="200"} 1
`;

describe("porthole top", () => {
  test("reads NodePorts and nothing else", () => {
    const found = readTraffic(text(7, 2000));
    assert.deepEqual(
      found.map(({ frontend, connections, active, bytesReceived }) => [
        frontend,
        connections,
        active,
        bytesReceived,
      ]),
      [
        ["NodePort/IPv4/TCP/*:30080", 7, 3, 2000],
        ["NodePort/IPv6/TCP/*:30080", 1, 0, 0],
      ],
    );
  });

  test("adds up families and nodes, and a proxy that began anew counts from nothing", () => {
    const rates = new TrafficRates();
    const said = (a: number, b: number) =>
      new Map([
        ["node-1", readTraffic(text(a))],
        ["node-2", readTraffic(text(b))],
      ]);
    assert.equal(rates.next(said(10, 50), 1000)[0]?.connections, 0);
    const [one, ...others] = rates.next(said(14, 6), 3000);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [one?.service, one?.nodePort, one?.connections, one?.active],
      ["default/web:http", "30080/TCP", 5, 6],
    );
  });

  test("fits the terminal", () => {
    const rates = Array.from({ length: 30 }, (_, index) => ({
      service: `default/web-${index}`,
      nodePort: "30080/TCP",
      connections: index,
      active: 0,
      bytesReceived: 1e6,
      bytesSent: 0,
      nodes: 1,
    }));
    const lines = formatTop({ rates, answered: 1, nodes: 3, rows: 10, columns: 40 }).trimEnd().split("\n");
    assert.equal(lines.length, 9);
    assert.equal(lines[0], "1 of 3 nodes tell what goes through; 23 more NodePorts");
    assert.ok(lines.slice(1).every((line) => line.length <= 40));
  });

  for (const [bytes, words] of [
    [0, "0 B"],
    [999, "999 B"],
    [1500, "1.5 kB"],
    [999_700, "1.0 MB"],
    [250e9, "250 GB"],
  ] as const) {
    test(`${bytes} bytes are ${words}`, () => assert.equal(formatBytes(bytes), words));
  }
});
