import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildForwardingTable } from "./build-forwarding-table.ts";
import type { ModelOptions } from "./forwarding-model.ts";
import { makeService, makeSlices, nodeView, type ServiceChange } from "./testing/world.ts";

function build(change: ServiceChange, options: ModelOptions = {}) {
  const { table, problems } = buildForwardingTable(
    {
      node: nodeView("node-a"),
      services: [makeService("demo-service", change)],
      endpointSlices: makeSlices(["a1"]),
    },
    options,
  );
  return {
    frontends: table.frontends,
    keys: [...table.frontends.keys()],
    problems: [...problems.values()].flat(),
  };
}

describe("which frontends a Service has", () => {
  const rows: readonly {
    name: string;
    service: ServiceChange;
    options?: ModelOptions;
    keys: readonly string[];
  }[] = [
    {
      name: "the seed's NodePort Service has a cluster address and a NodePort in each of its families",
      service: {},
      keys: [
        "ClusterIP/IPv4/TCP/172.30.0.1:80",
        "ClusterIP/IPv6/TCP/[fd00:172::1]:80",
        "NodePort/IPv4/TCP/*:30080",
        "NodePort/IPv6/TCP/*:30080",
      ],
    },
    {
      name: "a single-stack Service has no NodePort in the other family",
      service: { spec: { clusterIPs: ["172.30.0.1"], ipFamilies: ["IPv4"] } },
      keys: ["ClusterIP/IPv4/TCP/172.30.0.1:80", "NodePort/IPv4/TCP/*:30080"],
    },
    {
      name: "a headless Service has none",
      service: { spec: { clusterIP: "None", clusterIPs: ["None"] } },
      keys: [],
    },
    {
      name: "an ExternalName Service has none",
      service: { spec: { type: "ExternalName", externalName: "example.com" } },
      keys: [],
    },
    {
      name: "the headless label hides a Service",
      service: { labels: { "service.kubernetes.io/headless": "" } },
      keys: [],
    },
    {
      name: "another proxy's Service has none",
      service: { labels: { "service.kubernetes.io/service-proxy-name": "other" } },
      keys: [],
    },
    {
      name: "a proxy with a name leaves Services without one alone",
      service: {},
      options: { proxyName: "porthole" },
      keys: [],
    },
    {
      name: "a proxy with a name serves the Services that name it",
      service: {
        labels: { "service.kubernetes.io/service-proxy-name": "porthole" },
        spec: { clusterIPs: ["172.30.0.1"] },
      },
      options: { proxyName: "porthole" },
      keys: ["ClusterIP/IPv4/TCP/172.30.0.1:80", "NodePort/IPv4/TCP/*:30080"],
    },
    {
      name: "a node port that a plain cluster Service still carries is not opened",
      service: { spec: { type: "ClusterIP", clusterIPs: ["172.30.0.1"] } },
      keys: ["ClusterIP/IPv4/TCP/172.30.0.1:80"],
    },
    {
      name: "a load balancer's Service without node ports has only its addresses",
      service: {
        spec: {
          type: "LoadBalancer",
          clusterIPs: ["172.30.0.1"],
          ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
          allocateLoadBalancerNodePorts: false,
        },
        status: { loadBalancer: { ingress: [{ ip: "198.51.100.1" }, { hostname: "lb.example.com" }] } },
      },
      keys: ["ClusterIP/IPv4/TCP/172.30.0.1:80", "LoadBalancerIP/IPv4/TCP/198.51.100.1:80"],
    },
    {
      name: "a load balancer's Service may mix protocols",
      service: {
        spec: {
          type: "LoadBalancer",
          clusterIPs: ["172.30.0.1"],
          ports: [
            { name: "t", port: 53, targetPort: 53, protocol: "TCP", nodePort: 30053 },
            { name: "u", port: 53, targetPort: 53, protocol: "UDP", nodePort: 30053 },
          ],
        },
        status: { loadBalancer: { ingress: [{ ip: "198.51.100.1" }] } },
      },
      keys: [
        "ClusterIP/IPv4/TCP/172.30.0.1:53",
        "ClusterIP/IPv4/UDP/172.30.0.1:53",
        "LoadBalancerIP/IPv4/TCP/198.51.100.1:53",
        "LoadBalancerIP/IPv4/UDP/198.51.100.1:53",
        "NodePort/IPv4/TCP/*:30053",
        "NodePort/IPv4/UDP/*:30053",
      ],
    },
    {
      name: "an address that is both external and the load balancer's is one frontend, with the source ranges",
      service: {
        spec: {
          type: "LoadBalancer",
          clusterIPs: ["172.30.0.1"],
          externalIPs: ["198.51.100.1"],
          loadBalancerSourceRanges: ["203.0.113.0/24"],
        },
        status: { loadBalancer: { ingress: [{ ip: "198.51.100.1" }] } },
      },
      keys: [
        "ClusterIP/IPv4/TCP/172.30.0.1:80",
        "LoadBalancerIP/IPv4/TCP/198.51.100.1:80",
        "NodePort/IPv4/TCP/*:30080",
      ],
    },
    {
      name: "addresses are known in one spelling",
      service: {
        spec: {
          type: "ClusterIP",
          clusterIP: "FD00:172:0::1",
          clusterIPs: ["FD00:172:0::1"],
          externalIPs: ["2001:DB8:1:0:0:0:0:2"],
        },
      },
      keys: ["ClusterIP/IPv6/TCP/[fd00:172::1]:80", "ExternalIP/IPv6/TCP/[2001:db8:1::2]:80"],
    },
  ];
  for (const { name, service, options, keys } of rows) {
    test(name, () => {
      const built = build(service, options);
      assert.deepEqual(built.keys, keys);
      assert.deepEqual(built.problems, []);
    });
  }
});

describe("session affinity", () => {
  const nodePort = (change: ServiceChange) => build(change).frontends.get("NodePort/IPv4/TCP/*:30080");
  test("is off unless it is asked for", () => assert.equal(nodePort({})?.affinitySeconds, undefined));
  test("lasts three hours by default", () => {
    assert.equal(nodePort({ spec: { sessionAffinity: "ClientIP" } })?.affinitySeconds, 10_800);
  });
  test("has the time-out that is asked for", () => {
    const spec = {
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
    } as const;
    assert.equal(nodePort({ spec })?.affinitySeconds, 5);
  });
  test("is one for all frontends of a Service port", () => {
    const { frontends } = build({ spec: { sessionAffinity: "ClientIP" } });
    const services = new Set([...frontends.values()].map(({ service }) => JSON.stringify(service)));
    assert.equal(services.size, 1);
  });
});

describe("what is wrong in a Service is told and costs only itself", () => {
  const rows: readonly { name: string; service: ServiceChange; code: string; message: RegExp }[] = [
    {
      name: "an unknown PROXY protocol",
      service: { annotations: { "porthole.dev/proxy-protocol": "v3" } },
      code: "invalid-proxy-protocol",
      message: /"default\/demo-service" is "v3".*set it to "v1" or "v2"/,
    },
    {
      name: "a source range that is no CIDR",
      service: { spec: { type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0"] } },
      code: "invalid-source-range",
      message: /"10\.0\.0\.0".*no CIDR/,
    },
    {
      name: "an external address that is none",
      service: { spec: { externalIPs: ["198.51.100"] } },
      code: "invalid-address",
      message: /spec\.externalIPs.*"198\.51\.100"/,
    },
  ];
  for (const { name, service, code, message } of rows) {
    test(name, () => {
      const { problems, keys } = build(service);
      assert.deepEqual(
        problems.map((problem) => problem.code),
        [code],
      );
      assert.match(problems[0]?.message ?? "", message);
      assert.ok(keys.includes("NodePort/IPv4/TCP/*:30080"));
    });
  }
});

describe("the PROXY protocol annotation", () => {
  const ports = [
    { name: "t", port: 80, targetPort: 8080, nodePort: 30080, protocol: "TCP" },
    { name: "u", port: 80, targetPort: 8080, nodePort: 30080, protocol: "UDP" },
  ] as const;
  for (const version of ["v1", "v2"] as const) {
    test(`${version} is for the TCP ports of a Service`, () => {
      const { frontends } = build({
        spec: { ports },
        annotations: { "porthole.dev/proxy-protocol": version },
      });
      assert.equal(frontends.get("NodePort/IPv4/TCP/*:30080")?.proxyProtocol, version);
      assert.equal(frontends.get("NodePort/IPv4/UDP/*:30080")?.proxyProtocol, undefined);
    });
  }
});
