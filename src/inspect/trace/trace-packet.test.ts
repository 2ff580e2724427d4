import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { anySlice } from "../../forwarding/testing/arbitraries.ts";
import {
  addressOf,
  type EndpointSketch,
  families,
  type ServiceChange,
} from "../../forwarding/testing/world.ts";
import { UnknownPlaceError } from "./place-packet.ts";
import { smallCluster } from "./testing.ts";
import type { EndpointVerdict, Trace, TraceQuery, TraceStep } from "./trace.ts";
import { tracePacket } from "./trace-packet.ts";

const nodePort = { port: 30_080, protocol: "TCP" } as const;

function stepOf<K extends TraceStep["kind"]>(trace: Trace, kind: K): Extract<TraceStep, { kind: K }> {
  const step = trace.steps.find((candidate) => candidate.kind === kind);
  assert.ok(step, `no step "${kind}" in ${JSON.stringify(trace.steps)}`);
  return step as Extract<TraceStep, { kind: K }>;
}

/** What is said of each pod's endpoint, by the pod's name. */
function verdictsOf(trace: Trace): Readonly<Record<string, EndpointVerdict>> {
  return Object.fromEntries(
    stepOf(trace, "endpoints").endpoints.map(({ pod, address, because }) => [pod ?? address, because]),
  );
}

interface Row {
  readonly name: string;
  readonly endpoints: readonly (string | EndpointSketch)[];
  readonly service?: ServiceChange;
  readonly from?: TraceQuery["from"];
  readonly verdict: Trace["verdict"];
  readonly because: Readonly<Record<string, EndpointVerdict>>;
}

const local: ServiceChange = { spec: { externalTrafficPolicy: "Local" } };

const rows: readonly Row[] = [
  {
    name: "every ready endpoint is in, wherever it is",
    endpoints: ["a1", "b1"],
    verdict: "forward",
    because: { a1: "ready", b1: "ready" },
  },
  {
    name: "an endpoint that is not ready is out, and so is one that terminates while another is ready",
    endpoints: ["a1", { pod: "b1", state: "unready" }, { pod: "c1", state: "terminating-serving" }],
    verdict: "forward",
    because: { a1: "ready", b1: "not-serving", c1: "terminating" },
  },
  {
    name: "endpoints that terminate are the last resort",
    endpoints: [
      { pod: "a1", state: "terminating-serving" },
      { pod: "b1", state: "terminating-dead" },
    ],
    verdict: "forward",
    because: { a1: "last-resort", b1: "not-serving" },
  },
  {
    name: "policy Local leaves out what is on other nodes",
    endpoints: ["a1", "b1"],
    service: local,
    verdict: "forward",
    because: { a1: "ready", b1: "on-another-node" },
  },
  {
    name: "policy Local without an endpoint on the node is silence",
    endpoints: ["b1"],
    service: local,
    verdict: "drop",
    because: { b1: "on-another-node" },
  },
  {
    name: "topology hints for another zone keep an endpoint out",
    endpoints: [
      { pod: "a1", zones: ["zone-1"] },
      { pod: "c1", zones: ["zone-2"] },
    ],
    verdict: "forward",
    because: { a1: "ready", c1: "hinted-elsewhere" },
  },
  {
    name: "nobody ready anywhere is a refusal",
    endpoints: [{ pod: "a1", state: "unready" }],
    verdict: "reject",
    because: { a1: "not-serving" },
  },
];

for (const family of families) {
  describe(`a packet to a node's ${family} address`, () => {
    const to = { address: addressOf(family, "node-a"), ...nodePort };
    for (const { name, endpoints, service, verdict, because } of rows) {
      test(name, () => {
        const trace = tracePacket(smallCluster(endpoints, service), to);
        assert.equal(trace.verdict, verdict);
        assert.deepEqual(
          verdictsOf(trace),
          Object.fromEntries(
            Object.entries(because).map(([pod, verdict]) => [`default/pod-${pod}`, verdict]),
          ),
        );
      });
    }
  });
}

describe("the way to a NodePort", () => {
  const to = { address: addressOf("IPv4", "node-a"), ...nodePort };

  test("names node, Service, policy and whose address the endpoint sees", () => {
    const trace = tracePacket(smallCluster(["a1"]), to);
    const node = stepOf(trace, "node");
    assert.deepEqual([node.name, node.ready, node.because], ["node-a", true, "has-the-address"]);
    const frontend = stepOf(trace, "frontend");
    assert.deepEqual(
      [frontend.service, frontend.frontend, frontend.port, frontend.nodePort, frontend.targetPort],
      ["default/demo-service", "NodePort", 80, 30_080, 8080],
    );
    assert.equal(stepOf(trace, "policy").value, "Cluster");
    assert.deepEqual(stepOf(trace, "rewrite"), {
      kind: "rewrite",
      source: "masqueraded",
      because: "policy-cluster",
    });
  });

  test("is short-circuited for the node's own pods, even with policy Local", () => {
    const from = { kind: "pod", namespace: "default", name: "pod-a1" } as const;
    const trace = tracePacket(smallCluster(["a1", "b1"], local), { ...to, from });
    assert.equal(stepOf(trace, "source").scope, "local-pod");
    assert.equal(stepOf(trace, "policy").shortCircuited, true);
    assert.deepEqual(verdictsOf(trace), { "default/pod-a1": "ready", "default/pod-b1": "ready" });
  });

  test("is not for pods of other nodes", () => {
    const from = { kind: "pod", namespace: "default", name: "pod-b1" } as const;
    const trace = tracePacket(smallCluster(["b1"], local), { ...to, from });
    assert.equal(stepOf(trace, "source").scope, "external");
    assert.equal(trace.verdict, "drop");
  });
});

test("a cluster address is decided on the node of the pod that asks", () => {
  const trace = tracePacket(smallCluster(["a1", "c1"]), {
    address: addressOf("IPv4", "cluster-ip"),
    port: 80,
    protocol: "TCP",
    from: { kind: "pod", namespace: "default", name: "pod-c1" },
  });
  assert.deepEqual(
    [stepOf(trace, "node").name, stepOf(trace, "node").because],
    ["node-c", "runs-the-source"],
  );
  assert.deepEqual(stepOf(trace, "rewrite"), {
    kind: "rewrite",
    source: "kept",
    because: "local-pod-to-cluster-ip",
    hairpin: `${addressOf("IPv4", "pod-c1")}:8080`,
  });
});

test("a client outside a load balancer's source ranges is dropped, and the trace says by which", () => {
  const service: ServiceChange = {
    spec: { type: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.0/24"] },
    status: { loadBalancer: { ingress: [{ ip: addressOf("IPv4", "vip") }] } },
  };
  const trace = tracePacket(smallCluster(["a1"], service), {
    address: addressOf("IPv4", "vip"),
    port: 80,
    protocol: "TCP",
    from: { kind: "address", address: "198.51.100.77" },
  });
  assert.equal(trace.verdict, "drop");
  const { ranges, allowed } = stepOf(trace, "source-ranges");
  assert.equal(allowed, false);
  assert.ok(ranges.includes("192.0.2.0/24"));
});

describe("where no Service is addressed, a trace says what comes near", () => {
  const node = addressOf("IPv4", "node-a");
  const hintRows: readonly { readonly to: TraceQuery; readonly hint: RegExp }[] = [
    {
      to: { address: node, port: 30_080, protocol: "UDP" },
      hint: /30080 of default\/demo-service is TCP, not UDP/,
    },
    {
      to: { address: node, port: 80, protocol: "TCP" },
      hint: /80 is the port of .*ask for its NodePort, 30080/,
    },
    {
      to: { address: node, port: 8080, protocol: "TCP" },
      hint: /8080 is the target port of .* NodePort, 30080/,
    },
    {
      to: { address: addressOf("IPv4", "cluster-ip"), port: 81, protocol: "TCP" },
      hint: /is an address of default\/demo-service, whose ports are 80\/TCP/,
    },
    { to: { address: node, port: 31_999, protocol: "TCP" }, hint: /No Service has NodePort 31999\/TCP/ },
    {
      to: { address: "198.51.100.99", port: 80, protocol: "TCP" },
      hint: /no address of a node or a Service/,
    },
    {
      to: { address: "198.51.100.99", port: 30_080, protocol: "TCP" },
      hint: /30080 is a NodePort, but 198.51.100.99/,
    },
  ];
  for (const { to, hint } of hintRows) {
    test(`${to.address}:${to.port}/${to.protocol}`, () => {
      const trace = tracePacket(smallCluster(["a1"]), to);
      assert.equal(trace.verdict, "not-ours");
      assert.match(stepOf(trace, "nobody").hints.join("\n"), hint);
    });
  }
});

for (const [what, query, message] of [
  ["pod", { from: { kind: "pod", namespace: "default", name: "nobody" } }, /no pod "nobody"/],
  ["node", { node: "node-z" }, /no node "node-z"; the cluster has "node-a", "node-b", "node-c"/],
] as const) {
  test(`a ${what} that is not there is named`, () => {
    const to = { address: addressOf("IPv4", "cluster-ip"), port: 80, protocol: "TCP" } as const;
    assert.throws(
      () => tracePacket(smallCluster(["a1"]), { ...to, ...query }),
      (error) => error instanceof UnknownPlaceError && message.test(error.message),
    );
  });
}

test("the endpoints that are called chosen are those that the packet may be forwarded to", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anySlice, { maxLength: 6, selector: ({ metadata }) => metadata.name }),
      fc.constantFrom("Cluster" as const, "Local" as const),
      fc.constantFrom("node-a", "node-b", "node-c"),
      (endpointSlices, externalTrafficPolicy, node) => {
        const cluster = smallCluster([], { spec: { externalTrafficPolicy } });
        const labels = { "kubernetes.io/service-name": "demo-service" };
        const slices = endpointSlices.map((slice) => ({ ...slice, metadata: { ...slice.metadata, labels } }));
        const trace = tracePacket(
          { ...cluster, endpointSlices: slices },
          { address: addressOf("IPv4", node), ...nodePort },
        );
        const chosen = stepOf(trace, "endpoints").endpoints.filter((endpoint) => endpoint.chosen);
        assert.deepEqual(
          chosen.map(({ address, port }) => `${address}:${port}`),
          trace.backends,
        );
      },
    ),
  );
});
