import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildForwardingTable, decide, splitHostPort } from "../forwarding/index.ts";
import { anyObjects } from "../forwarding/testing/arbitraries.ts";
import { addressOf, families, makeService, makeSlices, nodeView } from "../forwarding/testing/world.ts";
import { type Flow, IPPROTO_TCP, IPPROTO_UDP, IPS_DYING } from "../netlink/conntrack/index.ts";
import { staleFlowTest } from "./stale-flows.ts";

/** A UDP flow from a client to `to`, answered by `by`, both `address:port`. */
function flowTo(to: string, by: string, change: Partial<Flow> = {}): Flow {
  const destination = splitHostPort(to);
  const server = splitHostPort(by);
  assert.ok(destination && server);
  const family = destination.address.includes(":") ? "IPv6" : "IPv4";
  const client = addressOf(family, "client");
  return {
    family,
    protocol: IPPROTO_UDP,
    original: {
      source: client,
      sourcePort: 4000,
      destination: destination.address,
      destinationPort: destination.port,
    },
    reply: { source: server.address, sourcePort: server.port, destination: client, destinationPort: 4000 },
    status: 0,
    zone: 0,
    mark: 0,
    timeoutSeconds: 30,
    ...change,
  };
}

const udpPort = { name: "dns", protocol: "UDP", port: 53, targetPort: 5353, nodePort: 30053 } as const;

function tableWith(endpoints: Parameters<typeof makeSlices>[0]) {
  return buildForwardingTable({
    node: nodeView("node-a"),
    services: [makeService("dns", { spec: { type: "NodePort", ports: [udpPort] } })],
    endpointSlices: makeSlices(endpoints, {
      service: "dns",
      ports: [{ name: "dns", protocol: "UDP", port: 5353 }],
    }),
  }).table;
}

const rows: readonly {
  readonly name: string;
  readonly endpoints?: Parameters<typeof makeSlices>[0];
  readonly to?: string;
  readonly by?: string;
  readonly change?: Partial<Flow>;
  readonly stale: boolean;
}[] = [
  { name: "one of an endpoint that serves", stale: false },
  { name: "one of an endpoint of another node", by: "10.180.2.1:5353", stale: false },
  { name: "one of an endpoint that has left", by: "10.180.3.1:5353", stale: true },
  { name: "one to another port of the pod", by: "10.180.1.1:9999", stale: true },
  { name: "one that was never translated", by: "172.30.0.1:53", stale: true },
  {
    name: "one to a node port, of an endpoint that has left",
    to: "192.168.0.1:30053",
    by: "10.180.3.1:5353",
    stale: true,
  },
  {
    name: "one to a node port that was never translated",
    to: "192.168.0.1:30053",
    by: "192.168.0.1:30053",
    stale: true,
  },
  { name: "one to another node's node port", to: "192.168.0.2:30053", by: "192.168.0.2:30053", stale: false },
  {
    name: "one to something else on the Service's port",
    to: "203.0.113.9:53",
    by: "203.0.113.9:53",
    stale: false,
  },
  {
    name: "one of an endpoint that still serves though it terminates",
    endpoints: ["a1", { pod: "c1", state: "terminating-serving" }],
    by: "10.180.3.1:5353",
    stale: false,
  },
  {
    name: "one of an endpoint that terminates and does not serve",
    endpoints: ["a1", { pod: "c1", state: "terminating-dead" }],
    by: "10.180.3.1:5353",
    stale: true,
  },
  { name: "one of a Service that nobody serves", endpoints: [], by: "10.180.3.1:5353", stale: false },
  { name: "a TCP connection", by: "10.180.3.1:5353", change: { protocol: IPPROTO_TCP }, stale: false },
  { name: "one of another zone", by: "10.180.3.1:5353", change: { zone: 5 }, stale: false },
  {
    name: "one that is being taken away",
    by: "10.180.3.1:5353",
    change: { status: IPS_DYING },
    stale: false,
  },
];

for (const {
  name,
  endpoints = ["a1", "b1"],
  to = "172.30.0.1:53",
  by = "10.180.1.1:5353",
  change,
  stale,
} of rows) {
  test(`a flow is ${stale ? "forgotten" : "left alone"}: ${name}`, () => {
    const table = tableWith(endpoints);
    const isStale = staleFlowTest({ ...table, frontends: table.frontends.values() });
    assert.equal(isStale(flowTo(to, by, change)), stale);
  });
}

test("a flow is forgotten exactly where decide says that it moves, in both families", () => {
  const pods = families.flatMap((family) =>
    ["a1", "a2", "b1", "b2", "c1"].map((pod) => addressOf(family, `pod-${pod}`)),
  );
  const anyFlow = fc.record({ pod: fc.constantFrom(...pods), port: fc.constantFrom(8080, 8081, 5353) });
  fc.assert(
    fc.property(anyObjects, anyFlow, (objects, { pod, port }) => {
      const { table } = buildForwardingTable(objects);
      const isStale = staleFlowTest({ ...table, frontends: table.frontends.values() });
      for (const { address, family, port: asked, protocol } of table.frontends.values()) {
        const own = table.nodePortAddresses.find((text) => text.includes(":") === (family === "IPv6"));
        const to = address ?? own;
        if (protocol !== "UDP" || to === undefined || pod.includes(":") !== (family === "IPv6")) continue;
        const by = pod.includes(":") ? `[${pod}]:${port}` : `${pod}:${port}`;
        const from = { address: addressOf(family, "client"), scope: "external" } as const;
        const { reasons } = decide(table, { from, to, protocol, port: asked, state: { established: by } });
        const moves = reasons.some(({ code }) => code === "flow-moved");
        assert.equal(isStale(flowTo(to.includes(":") ? `[${to}]:${asked}` : `${to}:${asked}`, by)), moves);
      }
    }),
  );
});
