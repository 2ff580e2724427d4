import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildForwardingTable } from "./build-forwarding-table.ts";
import { decide } from "./decide.ts";
import type { PacketState, Reason } from "./decision.ts";
import { decideRow, packetFlowTests } from "./testing/packet-flow.ts";
import { addressOf, makeService, makeSlices, nodeView, type ServiceChange } from "./testing/world.ts";

const local = { spec: { externalTrafficPolicy: "Local" } } as const;
const internalLocal = { spec: { internalTrafficPolicy: "Local" } } as const;

describe("where a packet to a NodePort goes", () => {
  packetFlowTests([
    {
      name: "to every endpoint, on whichever node",
      expect: ["pod-a1", "pod-b1", "pod-c1"],
      source: "masqueraded",
    },
    { name: "to an endpoint elsewhere when this node has none", endpoints: ["b1"], expect: ["pod-b1"] },
    { name: "another number is not ours", port: 30081, expect: "not-ours" },
    { name: "another protocol is not ours", protocol: "UDP", expect: "not-ours" },
    { name: "another node's address is not ours", to: "node-b", expect: "not-ours" },
    {
      name: "an address of the node that NodePorts do not answer on is not ours",
      node: { nodePortAddresses: [] },
      expect: "not-ours",
    },
    { name: "nobody serves: it is refused", endpoints: [], expect: "reject" },
    {
      name: "from the node itself the source is the node's",
      from: "node-a",
      expect: ["pod-a1", "pod-b1", "pod-c1"],
      source: "masqueraded",
    },
    {
      name: "from a pod of this node the source is the node's too",
      from: "pod-a2",
      expect: ["pod-a1", "pod-b1", "pod-c1"],
      source: "masqueraded",
    },
  ]);
});

describe("external traffic policy Local", () => {
  packetFlowTests([
    {
      name: "leads to this node's endpoints alone and keeps the source",
      service: local,
      expect: ["pod-a1"],
      source: "kept",
    },
    {
      name: "without an endpoint here but elsewhere it is silence, not refusal",
      service: local,
      endpoints: ["b1"],
      expect: "drop",
    },
    {
      name: "without an endpoint anywhere it is refusal, not silence",
      service: local,
      endpoints: [],
      expect: "reject",
    },
    {
      name: "an endpoint that names no node is local to none",
      service: local,
      endpoints: [{ pod: "a1", node: null }],
      expect: "drop",
    },
    {
      name: "the node's own traffic may go anywhere",
      service: local,
      endpoints: ["b1"],
      from: "node-a",
      expect: ["pod-b1"],
      source: "masqueraded",
    },
    {
      name: "traffic of the node's pods may go anywhere and keeps its source",
      service: local,
      endpoints: ["b1"],
      from: "pod-a1",
      expect: ["pod-b1"],
      source: "kept",
    },
    {
      name: "a pod of another node is outside",
      service: local,
      endpoints: ["c1"],
      from: "pod-b1",
      expect: "drop",
    },
    {
      name: "the cluster address does not care",
      service: local,
      endpoints: ["b1"],
      to: "cluster-ip",
      port: 80,
      from: "pod-a1",
      expect: ["pod-b1"],
    },
    {
      name: "left over on a Service that is not reachable from outside it means nothing",
      service: { spec: { ...local.spec, type: "ClusterIP" } },
      endpoints: ["b1"],
      to: "cluster-ip",
      port: 80,
      expect: ["pod-b1"],
    },
  ]);
});

describe("internal traffic policy Local", () => {
  packetFlowTests([
    {
      name: "keeps the cluster address on the node",
      service: internalLocal,
      to: "cluster-ip",
      port: 80,
      from: "pod-a2",
      expect: ["pod-a1"],
      source: "kept",
    },
    {
      name: "without an endpoint here it is silence",
      service: internalLocal,
      endpoints: ["b1"],
      to: "cluster-ip",
      port: 80,
      from: "pod-a1",
      expect: "drop",
    },
    {
      name: "it binds the node's own traffic too",
      service: internalLocal,
      endpoints: ["b1"],
      to: "cluster-ip",
      port: 80,
      from: "node-a",
      expect: "drop",
    },
    { name: "the NodePort does not care", service: internalLocal, endpoints: ["b1"], expect: ["pod-b1"] },
  ]);
});

describe("a cluster address", () => {
  packetFlowTests([
    {
      name: "keeps the source of this node's pods",
      to: "cluster-ip",
      port: 80,
      from: "pod-a1",
      endpoints: ["b1"],
      expect: ["pod-b1"],
      source: "kept",
    },
    {
      name: "takes the node's source for its own traffic",
      to: "cluster-ip",
      port: 80,
      from: "node-a",
      endpoints: ["b1"],
      expect: ["pod-b1"],
      source: "masqueraded",
    },
    {
      name: "takes the node's source for what comes from outside",
      to: "cluster-ip",
      port: 80,
      endpoints: ["b1"],
      expect: ["pod-b1"],
      source: "masqueraded",
    },
    {
      name: "is refused on a port that the Service does not have only by the network",
      to: "cluster-ip",
      port: 81,
      expect: "not-ours",
    },
    { name: "is refused when nobody serves", to: "cluster-ip", port: 80, endpoints: [], expect: "reject" },
  ]);
});

describe("addresses from outside", () => {
  const withAddresses =
    (change: ServiceChange["spec"] = {}) =>
    (family: "IPv4" | "IPv6") => ({
      spec: {
        type: "LoadBalancer" as const,
        externalIPs: [addressOf(family, "external-ip")],
        loadBalancerSourceRanges: [`${addressOf(family, "client")}/${family === "IPv4" ? 32 : 128}`],
        ...change,
      },
      status: { loadBalancer: { ingress: [{ ip: addressOf(family, "vip"), ipMode: "VIP" as const }] } },
    });
  packetFlowTests([
    {
      name: "a load balancer's address leads to the endpoints",
      service: withAddresses(),
      to: "vip",
      port: 80,
      expect: ["pod-a1", "pod-b1", "pod-c1"],
      source: "masqueraded",
    },
    {
      name: "source ranges close it to others",
      service: withAddresses(),
      from: "other-client",
      to: "vip",
      port: 80,
      expect: "drop",
    },
    {
      name: "source ranges close it to the node's pods too",
      service: withAddresses(),
      from: "pod-a1",
      to: "vip",
      port: 80,
      expect: "drop",
    },
    {
      name: "source ranges do not bind an external address",
      service: withAddresses(),
      from: "other-client",
      to: "external-ip",
      port: 80,
      expect: ["pod-a1", "pod-b1", "pod-c1"],
    },
    {
      name: "source ranges do not bind the NodePort",
      service: withAddresses(),
      from: "other-client",
      expect: ["pod-a1", "pod-b1", "pod-c1"],
    },
    {
      name: "source ranges do not bind the cluster address",
      service: withAddresses(),
      from: "pod-a1",
      to: "cluster-ip",
      port: 80,
      expect: ["pod-a1", "pod-b1", "pod-c1"],
    },
    {
      name: "policy Local holds for them",
      service: withAddresses({ externalTrafficPolicy: "Local" }),
      to: "vip",
      port: 80,
      expect: ["pod-a1"],
      source: "kept",
    },
    {
      name: "the node's pods reach an external address of a Local Service everywhere",
      service: withAddresses({ externalTrafficPolicy: "Local" }),
      from: "pod-a1",
      to: "external-ip",
      port: 80,
      endpoints: ["b1"],
      expect: ["pod-b1"],
      source: "kept",
    },
    {
      name: "the node itself is let in by its own address where that is in a range and it holds the load balancer's address",
      service: (family) =>
        withAddresses({ loadBalancerSourceRanges: [family === "IPv4" ? "192.168.0.0/24" : "fd00:192::/64"] })(
          family,
        ),
      node: {
        addresses: [
          addressOf("IPv4", "node-a"),
          addressOf("IPv6", "node-a"),
          addressOf("IPv4", "vip"),
          addressOf("IPv6", "vip"),
        ],
      },
      from: "vip",
      to: "vip",
      port: 80,
      expect: ["pod-a1", "pod-b1", "pod-c1"],
    },
    {
      name: "an address of mode Proxy is left to the load balancer",
      service: (family) => ({
        ...withAddresses()(family),
        status: { loadBalancer: { ingress: [{ ip: addressOf(family, "vip"), ipMode: "Proxy" }] } },
      }),
      to: "vip",
      port: 80,
      expect: "not-ours",
    },
    {
      name: "ranges of the other family alone leave the address open, as in kube-proxy",
      service: (family) =>
        withAddresses({ loadBalancerSourceRanges: [family === "IPv4" ? "2001:db8::/64" : "203.0.113.0/24"] })(
          family,
        ),
      from: "other-client",
      to: "vip",
      port: 80,
      expect: ["pod-a1", "pod-b1", "pod-c1"],
    },
    {
      name: "ranges of which none can be read close the address",
      service: withAddresses({ loadBalancerSourceRanges: ["everybody"] }),
      to: "vip",
      port: 80,
      expect: "drop",
    },
    {
      name: "a Service's address goes before a NodePort with the same number",
      objects: (family) => ({
        services: [
          makeService("by-port"),
          makeService("by-address", {
            spec: {
              type: "ClusterIP",
              clusterIP: family === "IPv4" ? "172.30.0.9" : "fd00:172::9",
              clusterIPs: [family === "IPv4" ? "172.30.0.9" : "fd00:172::9"],
              externalIPs: [addressOf(family, "node-a")],
              ports: [{ port: 30080, targetPort: 8080, protocol: "TCP" }],
            },
          }),
        ],
        slices: [
          ...makeSlices(["a1"], { service: "by-port" }),
          ...makeSlices(["b1"], { service: "by-address" }),
        ],
      }),
      expect: ["pod-b1"],
    },
  ]);
});

describe("what decide remembers of a client", () => {
  const sticky = {
    spec: { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } },
  } as const;
  const decideWith = (state: PacketState, change: ServiceChange, protocol: "TCP" | "UDP" = "TCP") => {
    const ports = [{ port: 80, targetPort: 8080, nodePort: 30080, protocol }];
    const { table } = buildForwardingTable({
      node: nodeView("node-a"),
      services: [makeService("demo-service", { ...change, spec: { ports, ...change.spec } })],
      endpointSlices: makeSlices(["a1", "b1", { pod: "c1", state: "terminating-serving" }], {
        ports: [{ name: "", port: 8080, protocol }],
      }),
    });
    const from = { address: addressOf("IPv4", "client"), scope: "external" } as const;
    const decision = decide(table, { from, to: addressOf("IPv4", "node-a"), protocol, port: 30080, state });
    assert.ok(decision.verdict === "forward");
    return {
      backends: decision.backends.map(({ key }) => key),
      codes: decision.reasons.map(({ code }) => code),
    };
  };
  const [a1, b1, c1] = ["10.180.1.1:8080", "10.180.2.1:8080", "10.180.3.1:8080"] as const;
  const rows: readonly {
    name: string;
    state: PacketState;
    service?: ServiceChange;
    protocol?: "UDP";
    backends: readonly string[];
    code: Reason["code"];
  }[] = [
    {
      name: "a client sticks to its backend",
      state: { affinity: { backend: b1, ageSeconds: 59 } },
      service: sticky,
      backends: [b1],
      code: "affinity-kept",
    },
    {
      name: "affinity ends with its time-out",
      state: { affinity: { backend: b1, ageSeconds: 60 } },
      service: sticky,
      backends: [a1, b1],
      code: "affinity-expired",
    },
    {
      name: "affinity to an endpoint that left ends",
      state: { affinity: { backend: "10.180.9.9:8080", ageSeconds: 1 } },
      service: sticky,
      backends: [a1, b1],
      code: "affinity-backend-gone",
    },
    {
      name: "without affinity nothing sticks",
      state: { affinity: { backend: b1, ageSeconds: 1 } },
      backends: [a1, b1],
      code: "endpoints-chosen",
    },
    {
      name: "a TCP connection lives on when its endpoint has left",
      state: { established: "10.180.9.9:8080" },
      backends: ["10.180.9.9:8080"],
      code: "established-connection-kept",
    },
    {
      name: "a UDP flow leaves an endpoint that has left",
      state: { established: "10.180.9.9:8080" },
      protocol: "UDP",
      backends: [a1, b1],
      code: "flow-moved",
    },
    {
      name: "a UDP flow stays on an endpoint that terminates but serves",
      state: { established: c1 },
      protocol: "UDP",
      backends: [c1],
      code: "established-connection-kept",
    },
  ];
  for (const { name, state, service = {}, protocol, backends, code } of rows) {
    test(name, () => {
      const decided = decideWith(state, service, protocol);
      assert.deepEqual(decided.backends, backends);
      assert.ok(decided.codes.includes(code), decided.codes.join());
    });
  }

  test("a UDP flow is left alone when the Service has no endpoint at all", () => {
    const ports = [{ port: 80, targetPort: 8080, nodePort: 30080, protocol: "UDP" } as const];
    const services = [makeService("demo-service", { spec: { ports } })];
    const { table } = buildForwardingTable({ node: nodeView("node-a"), services, endpointSlices: [] });
    const packet = {
      from: { address: "203.0.113.1", scope: "external" },
      to: "192.168.0.1",
      protocol: "UDP",
      port: 30080,
    } as const;
    assert.equal(decide(table, packet).verdict, "reject");
    assert.equal(decide(table, { ...packet, state: { established: a1 } }).verdict, "forward");
  });
});

describe("the reasons of a decision", () => {
  const codes = (row: Omit<Parameters<typeof decideRow>[0], "name" | "expect">) =>
    decideRow({ name: "", expect: "reject", ...row }, "IPv4").reasons.map(({ code }) => code);
  const rows: readonly [string, Parameters<typeof codes>[0], readonly Reason["code"][]][] = [
    ["plain", {}, ["frontend-matched", "endpoints-chosen", "source-masqueraded"]],
    [
      "short circuit",
      { service: local, from: "pod-a1", endpoints: ["b1"] },
      ["frontend-matched", "short-circuited", "endpoints-chosen", "source-kept"],
    ],
    ["silence", { service: local, endpoints: ["b1"] }, ["frontend-matched", "no-local-endpoints"]],
    ["refusal", { endpoints: [] }, ["frontend-matched", "no-endpoints"]],
    ["not ours", { port: 1 }, ["no-frontend"]],
    ["not a node-port address", { to: "node-b" }, ["not-a-node-port-address"]],
    [
      "hairpin",
      { from: "pod-a1", endpoints: ["a1"], to: "cluster-ip", port: 80 },
      ["frontend-matched", "endpoints-chosen", "source-kept", "hairpin"],
    ],
  ];
  for (const [name, row, expected] of rows) test(name, () => assert.deepEqual(codes(row), expected));

  test("a pod that reaches itself through its Service is told of, since it must be masqueraded", () => {
    const other = decideRow({ name: "", expect: [], from: "pod-a2" }, "IPv4");
    assert.equal(other.verdict === "forward" && other.hairpin, undefined);
    const own = decideRow({ name: "", expect: [], from: "pod-a1", service: local }, "IPv4");
    assert.equal(own.verdict === "forward" && own.hairpin, "10.180.1.1:8080");
  });
});

test("with masqueradeAll even a pod's traffic to a cluster address gets the node's source", () => {
  const sourceSeen = (masqueradeAll: boolean) => {
    const { table } = buildForwardingTable({
      node: nodeView("node-a", { masqueradeAll }),
      services: [makeService("demo-service")],
      endpointSlices: makeSlices(["b1"]),
    });
    const from = { address: addressOf("IPv4", "pod-a1"), scope: "local-pod" } as const;
    const decision = decide(table, { from, to: addressOf("IPv4", "cluster-ip"), protocol: "TCP", port: 80 });
    return decision.verdict === "forward" ? decision.source : decision.verdict;
  };
  assert.equal(sourceSeen(true), "masqueraded");
  assert.equal(sourceSeen(false), "kept");
});
