import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { KubeEvent } from "../../api/event.ts";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import type { HostFacts } from "../../api/proxy-report/host-facts.ts";
import type { ProxyReport } from "../../api/proxy-report/proxy-report.ts";
import type { Service, ServiceSpec } from "../../api/service.ts";
import { addressOf, makeService } from "../../forwarding/testing/world.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import type { ProxyStatus } from "../forwarding-status.ts";
import { smallCluster } from "../trace/testing.ts";
import { allChecks } from "./all-checks.ts";
import type { Check } from "./check.ts";
import { examine } from "./examine.ts";
import { gatherFacts } from "./facts.ts";
import { planProbes } from "./plan-probes.ts";
import type { ProbeOutcome, ProbeResult, ProbeTarget } from "./probe.ts";

const labels = { app: "demo" };
const service = "Service default/demo-service";

/** All is well: three nodes, a ready pod on each, everybody answers. */
function healthy(spec: Partial<ServiceSpec> = {}): ClusterObjects {
  const cluster = smallCluster(["a1", "b1", "c1"], { spec: { selector: labels, ...spec } });
  return { ...cluster, pods: cluster.pods.map((pod) => readyPod(pod)) };
}

function readyPod(pod: Pod): Pod {
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: {
      ...pod.spec,
      containers: [{ name: "web", ports: [{ name: "http", containerPort: 8080 }] }],
    } as Pod["spec"],
    status: { ...pod.status, conditions: [{ type: "Ready", status: "True" }] },
  };
}

type Change<T> = (object: T, index: number) => T;
const services = (cluster: ClusterObjects, change: Change<Service>) => ({
  ...cluster,
  services: cluster.services.map(change),
});
const pods = (cluster: ClusterObjects, change: Change<Pod>) => ({
  ...cluster,
  pods: cluster.pods.map(change),
});
const nodes = (cluster: ClusterObjects, change: Change<Node>) => ({
  ...cluster,
  nodes: cluster.nodes.map(change),
});
const slices = (cluster: ClusterObjects, change: Change<EndpointSlice>) => ({
  ...cluster,
  endpointSlices: cluster.endpointSlices.map(change),
});

const unready: Change<Pod> = (pod) => ({
  ...pod,
  status: {
    ...pod.status,
    conditions: [{ type: "Ready", status: "False" }],
    containerStatuses: [
      {
        name: "web",
        ready: false,
        restartCount: 3,
        image: "",
        imageID: "",
        state: { waiting: { reason: "CrashLoopBackOff" } },
      },
    ],
  },
});
const withConditions =
  (conditions: object): Change<EndpointSlice> =>
  (slice) => ({
    ...slice,
    endpoints: (slice.endpoints ?? []).map((endpoint) => ({ ...endpoint, conditions })),
  });
const second = (name: string, spec: Partial<ServiceSpec>): Service =>
  makeService(name, { spec: { selector: labels, ...spec }, createdAt: "2026-02-01T00:00:00Z" });
const event = (reason: string, message: string): KubeEvent => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e", namespace: "default", uid: "e", resourceVersion: "1", creationTimestamp: "" },
  involvedObject: { kind: "Service", namespace: "default", name: "demo-service" },
  type: "Warning",
  reason,
  message,
});

interface Fault {
  readonly id: string;
  readonly name: string;
  readonly objects: ClusterObjects;
  readonly object?: string;
  readonly evidence: RegExp;
  readonly events?: readonly KubeEvent[];
  readonly answers?: (target: ProbeTarget) => ProbeOutcome;
  readonly proxies?: readonly ProxyStatus[];
}

/** What node-a's proxy says: all is well but what is given. */
function proxyOf(
  report: Partial<ProxyReport> = {},
  host: Partial<HostFacts> = {},
  status: Partial<ProxyStatus> = {},
): ProxyStatus {
  return {
    node: "node-a",
    isNodeReady: true,
    isAlive: true,
    renewedAtMs: Date.parse("2026-01-01T00:00:00Z"),
    ...status,
    report: {
      node: "node-a",
      mode: "nftables",
      services: 1,
      endpointSlices: 1,
      programmed: 3,
      problems: [],
      moreProblems: 0,
      host: {
        forwards: { IPv4: true, IPv6: true },
        localPorts: [32_768, 60_999],
        strictReversePath: ["eth0"],
        conntrack: { entries: 10, maximum: 131_072 },
        dropPolicies: [],
        shadowedListeners: [],
        uplink: { name: "eth0", mtu: 1500 },
        widerLinks: [],
        invalidPackets: 12,
        kubeProxyRules: [],
        kubeProxyUsers: [],
        nodePortAddresses: [],
        ...host,
      },
      ...report,
    },
  };
}

const answered: ProbeOutcome = { kind: "answered", status: 200 };
const refused: ProbeOutcome = { kind: "refused" };

const faults: readonly Fault[] = [
  {
    id: "no-nodes",
    name: "an empty cluster",
    objects: { ...healthy(), nodes: [] },
    object: "Cluster",
    evidence: /no Node/,
  },
  {
    id: "node-not-ready",
    name: "an agent that was not heard of",
    objects: nodes(healthy(), (node, index) =>
      index === 0
        ? {
            ...node,
            status: {
              ...node.status,
              conditions: [
                { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "gone" },
              ],
            },
          }
        : node,
    ),
    object: "Node node-a",
    evidence: /Ready is Unknown \(NodeStatusUnknown: gone\)/,
  },
  {
    id: "node-without-address",
    name: "a node whose addresses nobody filled in",
    objects: nodes(healthy(), (node, index) =>
      index === 2 ? { ...node, status: { ...node.status, addresses: [] } } : node,
    ),
    object: "Node node-c",
    evidence: /no InternalIP/,
  },
  {
    id: "node-leaving",
    name: "a node with the autoscaler's taint",
    objects: nodes(healthy(), (node, index) =>
      index === 1
        ? { ...node, spec: { taints: [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] } }
        : node,
    ),
    object: "Node node-b",
    evidence: /ToBeDeleted/,
  },
  {
    id: "proxy-unhealthy",
    name: "a proxy that is stuck",
    objects: healthy(),
    answers: ({ kind }) => (kind === "proxy-health" ? { kind: "answered", status: 503 } : answered),
    object: "Node node-a",
    evidence: /192\.168\.0\.1:10256\/healthz answers 503/,
  },
  {
    id: "proxy-not-running",
    name: "no proxy on a node",
    objects: healthy(),
    answers: ({ kind, node }) => (kind === "proxy-health" && node === "node-b" ? refused : answered),
    object: "Node node-b",
    evidence: /192\.168\.0\.2:10256 refuses/,
  },
  {
    id: "target-port-name-missing",
    name: "a targetPort that no container names",
    objects: healthy({ ports: [{ port: 80, targetPort: "web", nodePort: 30_080, protocol: "TCP" }] }),
    evidence: /targetPort "web" \(TCP\) is no port of default\/pod-a1.*whose ports are http \(8080\)/,
  },
  {
    id: "target-port-undeclared",
    name: "a targetPort that no container declares",
    objects: healthy({ ports: [{ port: 80, targetPort: 80, nodePort: 30_080, protocol: "TCP" }] }),
    evidence: /targetPort is 80, its pods declare 8080/,
  },
  {
    id: "selector-matches-nothing",
    name: "a label that is misspelled",
    objects: healthy({ selector: { app: "dmeo" } }),
    evidence: /No pod has app=dmeo; nearest is pod default\/pod-a1, which has app=demo/,
  },
  {
    id: "no-selector-no-endpoints",
    name: "a Service that nobody fills",
    objects: { ...healthy({ selector: {} }), endpointSlices: [] },
    evidence: /spec.selector is empty/,
  },
  {
    id: "no-ready-pod",
    name: "pods that crash",
    objects: pods(healthy(), unready),
    evidence: /3 pods match: default\/pod-a1 \(CrashLoopBackOff\)/,
  },
  {
    id: "some-pods-unready",
    name: "one pod of three that crashes",
    objects: pods(healthy(), (pod, index) => (index === 1 ? unready(pod, index) : pod)),
    evidence: /1 of 3 pods: default\/pod-b1 \(CrashLoopBackOff\)/,
  },
  {
    id: "endpoints-missing",
    name: "slices that nobody writes",
    objects: slices(healthy(), (slice) => ({ ...slice, endpoints: null })),
    evidence: /are ready and in none of its 2 EndpointSlices/,
  },
  {
    id: "endpoints-stale",
    name: "an endpoint whose pod is gone",
    objects: { ...healthy(), pods: healthy().pods.slice(0, 2) },
    evidence: /10\.180\.3\.1.* no pod of the selector/,
  },
  {
    id: "only-terminating",
    name: "a Deployment that is scaled to zero",
    objects: slices(healthy(), withConditions({ ready: false, serving: true, terminating: true })),
    evidence: /6 of its endpoints terminate and serve/,
  },
  {
    id: "unready-published",
    name: "unready pods that are published",
    objects: pods(healthy({ publishNotReadyAddresses: true }), unready),
    evidence: /publishNotReadyAddresses is true/,
  },
  {
    id: "node-port-missing",
    name: "a load balancer without node ports",
    objects: healthy({
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
    }),
    evidence: /Port 80 has none: allocateLoadBalancerNodePorts is false/,
  },
  {
    id: "node-port-duplicate",
    name: "a node port that was restored twice",
    objects: { ...healthy(), services: [...healthy().services, second("later", {})] },
    object: "Service default/later",
    evidence: /NodePort 30080 is also that of Service default\/demo-service/,
  },
  {
    id: "node-port-ephemeral",
    name: "a node port among those of outgoing connections",
    objects: healthy({ ports: [{ port: 80, targetPort: 8080, nodePort: 40_000, protocol: "TCP" }] }),
    evidence: /40000 lies in 32768-60999/,
  },
  {
    id: "node-port-out-of-range",
    name: "a range that was changed",
    objects: healthy(),
    events: [event("PortOutOfRange", "Port 30080 is not within the port range 31000-31999")],
    evidence: /Port 30080 is not within/,
  },
  {
    id: "host-port-conflict",
    name: "a pod with the same hostPort",
    objects: pods(healthy(), (pod, index) =>
      index === 0
        ? ({
            ...pod,
            spec: {
              ...pod.spec,
              containers: [{ name: "web", ports: [{ containerPort: 8080, hostPort: 30_080 }] }],
            },
          } as Pod)
        : pod,
    ),
    evidence: /pod default\/pod-a1 \(30080 on node-a\)/,
  },
  {
    id: "address-taken",
    name: "two Services with one external address",
    objects: {
      ...healthy({ externalIPs: ["198.51.100.2"] }),
      services: [
        ...healthy({ externalIPs: ["198.51.100.2"] }).services,
        second("later", {
          type: "ClusterIP",
          clusterIP: "172.30.0.9",
          clusterIPs: ["172.30.0.9"],
          ipFamilies: ["IPv4"],
          externalIPs: ["198.51.100.2"],
          ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
        }),
      ],
    },
    object: "Service default/later",
    evidence: /198\.51\.100\.2/,
  },
  {
    id: "invalid-source-range",
    name: "a source range that is no CIDR",
    objects: services(healthy({ type: "LoadBalancer", loadBalancerSourceRanges: ["office"] }), (one) => ({
      ...one,
      status: { loadBalancer: { ingress: [{ ip: "198.51.100.1" }] } },
    })),
    evidence: /office/,
  },
  {
    id: "invalid-address",
    name: "an external address that is none",
    objects: healthy({ externalIPs: ["198.51.100"] }),
    evidence: /198\.51\.100/,
  },
  {
    id: "invalid-proxy-protocol",
    name: "a version of the PROXY protocol that does not exist",
    objects: services(healthy(), (one) => ({
      ...one,
      metadata: { ...one.metadata, annotations: { "porthole.dev/proxy-protocol": "v3" } },
    })),
    evidence: /"v3"/,
  },
  {
    id: "no-address-of-family",
    name: "an IPv6 Service on IPv4 nodes",
    objects: nodes(healthy({ ipFamilies: ["IPv6"], clusterIPs: ["fd00:172::1"] }), (node) => ({
      ...node,
      status: {
        ...node.status,
        addresses: (node.status.addresses ?? []).filter(({ address }) => !address.includes(":")),
      },
    })),
    evidence: /The Service is IPv6, the nodes have IPv4/,
  },
  {
    id: "no-endpoint-of-family",
    name: "a dual-stack Service of IPv4 pods",
    objects: { ...healthy(), endpointSlices: healthy().endpointSlices.slice(0, 1) },
    evidence: /no IPv6 endpoints/,
  },
  {
    id: "other-proxy",
    name: "a Service that is labelled for another proxy",
    objects: services(healthy(), (one) => ({
      ...one,
      metadata: { ...one.metadata, labels: { "service.kubernetes.io/service-proxy-name": "cilium" } },
    })),
    evidence: /"cilium"/,
  },
  {
    id: "load-balancer-pending",
    name: "a LoadBalancer that nobody fulfils",
    objects: healthy({ type: "LoadBalancer" }),
    evidence: /status\.loadBalancer is empty, spec\.loadBalancerClass is not set/,
  },
  {
    id: "load-balancer-port-error",
    name: "a load balancer that serves no UDP",
    objects: services(healthy({ type: "LoadBalancer" }), (one) => ({
      ...one,
      status: {
        loadBalancer: {
          ingress: [{ ip: "198.51.100.1", ports: [{ port: 53, protocol: "UDP" as const, error: "NoUDP" }] }],
        },
      },
    })),
    evidence: /53\/UDP: NoUDP/,
  },
  {
    id: "headless-with-node-port-in-mind",
    name: "a headless Service that stands alone",
    objects: healthy({ type: "ClusterIP", clusterIP: "None", clusterIPs: ["None"] }),
    evidence: /clusterIP is None/,
  },
  {
    id: "external-local-without-endpoint",
    name: "policy Local with pods on one node",
    objects: slices(healthy({ externalTrafficPolicy: "Local" }), (slice) => ({
      ...slice,
      endpoints: (slice.endpoints ?? []).slice(0, 1),
    })),
    evidence: /2 of 3 nodes have no ready endpoint: node-b, node-c/,
  },
  {
    id: "internal-local-without-endpoint",
    name: "internal policy Local with pods on one node",
    objects: slices(healthy({ internalTrafficPolicy: "Local" }), (slice) => ({
      ...slice,
      endpoints: (slice.endpoints ?? []).slice(0, 1),
    })),
    evidence: /2 of 3 nodes have no ready endpoint/,
  },
  {
    id: "topology-hints-ignored",
    name: "a node without a zone",
    objects: slices(healthy(), (slice) => ({
      ...slice,
      endpoints: (slice.endpoints ?? []).map((endpoint, index) =>
        index === 0 ? endpoint : { ...endpoint, hints: { forZones: [{ name: "zone-1" }] } },
      ),
    })),
    evidence: /2 of 6 ready endpoints have no zone hint/,
  },
  {
    id: "source-ranges-without-load-balancer",
    name: "source ranges that a NodePort goes around",
    objects: healthy({ loadBalancerSourceRanges: ["192.0.2.0/24"] }),
    evidence: /outside 192\.0\.2\.0\/24 are let in at NodePort 30080/,
  },
  {
    id: "endpoint-refuses",
    name: "a program that listens on loopback alone",
    objects: healthy(),
    answers: ({ kind }) => (kind === "proxy-health" ? answered : refused),
    evidence: /10\.180\.1\.1:8080.* refuse/,
  },
  {
    id: "node-port-lacking",
    name: "one node that is silent",
    objects: healthy(),
    answers: ({ kind, node }) => (kind === "node-port" && node === "node-b" ? { kind: "silent" } : answered),
    evidence: /node-b \(192\.168\.0\.2:30080\) does not answer/,
  },
  {
    id: "node-port-silent",
    name: "a firewall before all nodes",
    objects: healthy(),
    answers: ({ kind }) => (kind === "node-port" ? { kind: "silent" } : answered),
    evidence: /node-a .* does not answer/,
  },
  {
    id: "proxy-silent",
    name: "a proxy that was killed",
    objects: healthy(),
    proxies: [proxyOf({}, {}, { isAlive: false })],
    object: "Node node-a",
    evidence: /2026-01-01T00:00:00/,
  },
  {
    id: "proxy-fails",
    name: "a proxy without rights",
    objects: healthy(),
    proxies: [proxyOf({ failure: "Cannot open a netlink socket: not permitted" })],
    object: "Node node-a",
    evidence: /Cannot open a netlink socket/,
  },
  {
    id: "not-programmed",
    name: "a port that another program holds on one node",
    objects: healthy(),
    proxies: [proxyOf({ problems: [{ service: "default/demo-service", message: "30080 is in use" }] })],
    evidence: /node-a: 30080 is in use/,
  },
  {
    id: "forwarding-off",
    name: "a system that forwards nothing",
    objects: healthy(),
    proxies: [proxyOf({}, { forwards: { IPv4: false, IPv6: false } })],
    object: "Node node-a",
    evidence: /net\.ipv4\.ip_forward and net\.ipv6\.conf\.all\.forwarding is 0/,
  },
  {
    id: "strict-reverse-path",
    name: "a strict filter on two interfaces",
    objects: healthy(),
    proxies: [proxyOf({}, { strictReversePath: ["eth0", "eth1"] })],
    object: "Node node-a",
    evidence: /rp_filter is 1 on eth0, eth1/,
  },
  {
    id: "conntrack-nearly-full",
    name: "a table of connections that is nearly full",
    objects: healthy(),
    proxies: [proxyOf({}, { conntrack: { entries: 120_000, maximum: 131_072 } })],
    object: "Node node-a",
    evidence: /120000 of 131072 entries/,
  },
  {
    id: "firewall-drops-by-default",
    name: "Docker's policy for forwarded packets",
    objects: healthy(),
    proxies: [proxyOf({}, { dropPolicies: ["ip filter FORWARD"] })],
    object: "Node node-a",
    evidence: /"ip filter FORWARD" has the policy drop/,
  },
  {
    id: "mtu-shrinks-on-the-way-out",
    name: "pods behind a tunnel that takes less",
    objects: healthy(),
    proxies: [proxyOf({}, { widerLinks: [{ name: "cni0", mtu: 1550 }] })],
    object: "Node node-a",
    evidence: /eth0 \(MTU 1500\) leads out, behind cni0 \(MTU 1550\)/,
  },
  {
    id: "mtu-shrinks-on-the-way-out",
    name: "a tunnel to other nodes' pods that takes less than pods send",
    objects: nodes(healthy(), (node, index) => ({
      ...node,
      spec: { podCIDRs: [`10.180.${index + 1}.0/24`] },
    })),
    proxies: [
      proxyOf(
        {},
        {
          podLink: { name: "cni0", mtu: 1500 },
          narrowRoutes: [
            { destination: "172.30.0.0/16", name: "vpn0", mtu: 1280 },
            { destination: "10.180.2.0/24", name: "flannel.1", mtu: 1450 },
          ],
        },
      ),
    ],
    object: "Node node-a",
    evidence: /flannel\.1 \(MTU 1450\) leads to the pods of 10\.180\.2\.0\/24, behind cni0 \(MTU 1500\)/,
  },
  {
    id: "mtu-differs-between-nodes",
    name: "jumbo frames on one node alone",
    objects: healthy(),
    proxies: [
      proxyOf(),
      proxyOf({ node: "node-b" }, { uplink: { name: "eth0", mtu: 9000 } }, { node: "node-b" }),
    ],
    object: "Node node-a",
    evidence: /eth0 \(MTU 1500\), but node-b has eth0 \(MTU 9000\)/,
  },
  {
    id: "packets-out-of-place",
    name: "answers that take another way",
    objects: healthy(),
    proxies: [proxyOf({}, { invalidPackets: 123_456, liberalTcp: false })],
    object: "Node node-a",
    evidence: /123456 packets since it started; net.netfilter.nf_conntrack_tcp_be_liberal is 0/,
  },
  {
    id: "packets-out-of-place",
    name: "half of each connection, on a node that is liberal",
    objects: healthy(),
    proxies: [proxyOf({}, { invalidPackets: 123_456, liberalTcp: true })],
    object: "Node node-a",
    evidence: /123456 packets since it started, though/,
  },
  {
    id: "kernel-too-old",
    name: "a node of an old distribution",
    objects: nodes(healthy(), (node, index) =>
      index === 1
        ? { ...node, status: { ...node.status, nodeInfo: { kernelVersion: "4.18.0-553.el8_10.x86_64" } } }
        : node,
    ),
    object: "Node node-b",
    evidence: /Linux 4\.18\.0-553\.el8_10\.x86_64; 5\.13 is needed/,
  },
  {
    id: "iptables-too-old",
    name: "iptables of Debian 10",
    objects: healthy(),
    proxies: [proxyOf({ mode: "iptables" }, { iptables: "1.8.2 (nft)" })],
    object: "Node node-a",
    evidence: /iptables 1\.8\.2 \(nft\)/,
  },
  {
    id: "nftables-would-differ",
    name: "NodePorts on more than the Node's first addresses, in iptables mode",
    objects: nodes(healthy(), (node) => ({
      ...node,
      status: {
        addresses: [
          { type: "InternalIP", address: "192.168.0.1" },
          { type: "ExternalIP", address: "203.0.113.1" },
        ],
      },
    })),
    proxies: [
      proxyOf(
        { mode: "iptables" },
        {
          nodePortAddresses: ["192.168.0.1", "203.0.113.1", "127.0.0.1"],
          dropPolicies: ["ip filter FORWARD"],
        },
      ),
    ],
    object: "Node node-a",
    evidence: /NodePorts answer on 203\.0\.113\.1, 127\.0\.0\.1, too; ip filter FORWARD has the policy drop/,
  },
  {
    id: "modes-differ",
    name: "a node whose kernel has no nf_tables",
    objects: healthy(),
    proxies: [
      proxyOf({ mode: "userspace" }),
      proxyOf({ node: "node-b" }, {}, { node: "node-b" }),
      proxyOf({ node: "node-c" }, {}, { node: "node-c" }),
    ],
    object: "Node node-a",
    evidence: /Its mode is userspace; node-b, node-c have nftables/,
  },
  {
    id: "kube-proxy-beside",
    name: "a kube-proxy that was stopped and not cleaned up",
    objects: healthy(),
    proxies: [proxyOf({}, { kubeProxyRules: ["ip nat KUBE-SERVICES"] })],
    object: "Node node-a",
    evidence: /ip nat KUBE-SERVICES/,
  },
  {
    id: "rules-count-on-kube-proxy",
    name: "a site's firewall that leads to kube-proxy's chains",
    objects: healthy(),
    proxies: [proxyOf({}, { kubeProxyUsers: ["ip filter SITE-WALL -> KUBE-FORWARD"] })],
    object: "Node node-a",
    evidence: /SITE-WALL -> KUBE-FORWARD/,
  },
  {
    id: "node-port-shadows-a-program",
    name: "a program that listens on the NodePort",
    objects: healthy(),
    proxies: [proxyOf({}, { shadowedListeners: ["30080/TCP: process 4711 (nginx)"] })],
    evidence: /node-a: 30080\/TCP: process 4711 \(nginx\)/,
  },
];

function diagnose({
  objects,
  events = [],
  answers = () => answered,
  proxies = [],
}: Pick<Fault, "objects" | "events" | "answers" | "proxies">) {
  const probes: readonly ProbeResult[] = planProbes(objects).targets.map((target) => ({
    target,
    outcome: answers(target),
  }));
  return examine(gatherFacts(objects, events, probes, undefined, proxies));
}

describe("the doctor finds", () => {
  for (const { id, name, object = service, evidence, ...fault } of faults) {
    test(`${name} (${id})`, () => {
      const found = diagnose(fault);
      const mine = found.find((diagnosis) => diagnosis.id === id);
      assert.ok(mine, `not among ${found.map((diagnosis) => diagnosis.id).join(", ") || "no findings"}`);
      assert.equal(mine.object, object);
      assert.match(mine.evidence, evidence);
    });
  }
});

test("every check has a fault above", () => {
  assert.deepEqual(allChecks.map(({ id }) => id).sort(), [...new Set(faults.map(({ id }) => id))].sort());
});

test("a healthy cluster has no findings", () => {
  const vpn = [{ destination: "172.30.0.0/16", name: "vpn0", mtu: 1280 }];
  const proxies = [proxyOf({}, { podLink: { name: "cni0", mtu: 1500 }, narrowRoutes: vpn })];
  assert.deepEqual(diagnose({ objects: healthy(), proxies }), []);
  assert.deepEqual(diagnose({ objects: healthy() }), []);
  assert.deepEqual(diagnose({ objects: healthy(), proxies: [proxyOf()] }), []);
});

for (const [reservedPorts, count] of [
  ["", 1],
  ["29999,30000-32767", 0],
  ["30080", 0],
  ["30081-30090", 1],
] as const) {
  test(`a NodePort among a node's own ports is ${count === 0 ? "no " : ""}trouble with "${reservedPorts}" reserved`, () => {
    const proxies = [proxyOf({}, { localPorts: [15_000, 60_999], reservedPorts })];
    const found = diagnose({ objects: healthy(), proxies });
    assert.equal(found.filter(({ id }) => id === "node-port-ephemeral").length, count);
  });
}

test("a cause is told before what follows from it, and errors before all else", () => {
  const objects = pods(healthy({ loadBalancerSourceRanges: ["192.0.2.0/24"] }), unready);
  const found = diagnose({
    objects: nodes(objects, (node) => ({ ...node, status: { addresses: node.status.addresses ?? [] } })),
  });
  assert.deepEqual(
    [...new Set(found.map(({ id }) => id))],
    ["node-not-ready", "no-ready-pod", "source-ranges-without-load-balancer"],
  );
});

test("a kernel that is too old for the proxy's mode is told before the proxy that is not there", () => {
  const objects = nodes(healthy(), (node) => ({
    ...node,
    status: { ...node.status, nodeInfo: { kernelVersion: "4.18.0" } },
  }));
  const proxyGone = (target: ProbeTarget) =>
    target.kind === "proxy-health" && target.node === "node-b" ? refused : answered;
  const found = diagnose({ objects, answers: proxyGone }).map(({ id, object }) => `${id}: ${object}`);
  assert.deepEqual(found, [
    "kernel-too-old: Node node-b",
    "proxy-not-running: Node node-b",
    "kernel-too-old: Node node-a",
    "kernel-too-old: Node node-c",
  ]);
});

test("of findings that are equally bad the cause is told first, too", () => {
  const check = (id: string, causes: readonly string[] = []): Check => ({
    id,
    severity: "error",
    title: id,
    explanation: id,
    causes,
    find: () => [{ object: id === "other" ? "Service a/b" : service, evidence: id, advice: id }],
  });
  const checks = [check("follows"), check("other"), check("cause", ["follows", "other"])];
  const told = examine(gatherFacts(healthy(), [], []), checks).map(({ id }) => id);
  assert.deepEqual(told, ["other", "cause", "follows"]);
});

test("one Service alone is looked at when it is named", () => {
  const objects = { ...healthy(), services: [...healthy().services, second("later", {})] };
  assert.deepEqual(examine(gatherFacts(objects, [], [], "default/demo-service")), []);
});

test("what a Service has in common with others is seen when it alone is named, too", () => {
  const namesOf = (later: Partial<ServiceSpec>) => {
    const objects = { ...healthy(), services: [...healthy().services, second("later", later)] };
    return examine(gatherFacts(objects, [], [], "default/later")).map(({ id }) => id);
  };
  const nodePort = { port: 80, targetPort: 8080, nodePort: 30_080, protocol: "TCP" } as const;
  assert.ok(namesOf({ ports: [nodePort] }).includes("node-port-duplicate"));
  const headless = namesOf({ type: "ClusterIP", clusterIP: "None" });
  assert.ok(!headless.includes("headless-with-node-port-in-mind"));
});

test("a large cluster is asked in part, and a Service that is named always", () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    second(`s${index}`, {
      ports: [{ port: 80, targetPort: 8080, nodePort: 30_100 + index, protocol: "TCP" }],
    }),
  );
  const objects = { ...healthy(), services: many };
  const all = planProbes(objects);
  assert.ok(all.targets.length <= 256 + objects.nodes.length);
  assert.ok(all.left.includes("default/s99"));
  const one = planProbes(objects, "default/s99");
  assert.ok(
    one.targets.some(({ port, address }) => port === 30_199 && address === addressOf("IPv4", "node-c")),
  );
});

test("of a cluster of many nodes all have their health asked, and some of them each Service's port", () => {
  const [template] = healthy().nodes;
  assert.ok(template);
  const many = Array.from({ length: 250 }, (_, index) => ({
    ...template,
    metadata: { ...template.metadata, name: `n${index}` },
    status: { addresses: [{ type: "InternalIP" as const, address: `192.0.2.${index + 1}` }] },
  }));
  const services = Array.from({ length: 40 }, (_, index) =>
    second(`s${index}`, {
      ports: [{ port: 80, targetPort: 8080, nodePort: 30_100 + index, protocol: "TCP" }],
    }),
  );
  const { targets, left } = planProbes({ ...healthy(), nodes: many, services });
  assert.equal(targets.filter(({ kind }) => kind === "proxy-health").length, many.length);
  const asked = targets.filter(({ kind }) => kind === "node-port");
  assert.equal(new Set(asked.map(({ node }) => node)).size, many.length);
  assert.ok(asked.length <= 256);
  assert.equal(new Set(asked.map(({ port }) => port)).size + left.length, services.length);
  const one = planProbes({ ...healthy(), nodes: many, services }, "default/s39");
  assert.equal(one.targets.filter(({ kind }) => kind === "node-port").length, many.length);
});
