/** Clusters with and without faults for tests of the doctor, and what it says of them. */
import type { EndpointSlice } from "../../../api/endpoint-slice.ts";
import type { KubeEvent } from "../../../api/event.ts";
import type { Node } from "../../../api/node.ts";
import type { Pod } from "../../../api/pod.ts";
import type { HostFacts } from "../../../api/proxy-report/host-facts.ts";
import type { ProxyReport } from "../../../api/proxy-report/proxy-report.ts";
import type { Service, ServiceSpec } from "../../../api/service.ts";
import { makeService } from "../../../forwarding/testing/world.ts";
import type { ClusterObjects } from "../../cluster-objects.ts";
import type { ProxyStatus } from "../../forwarding-status.ts";
import { smallCluster } from "../../trace/testing.ts";
import { examine } from "../examine.ts";
import { gatherFacts } from "../facts.ts";
import { planProbes } from "../plan-probes.ts";
import type { ProbeOutcome, ProbeResult, ProbeTarget } from "../probe.ts";

const labels = { app: "demo" };
export const service = "Service default/demo-service";

/** All is well: three nodes, a ready pod on each, everybody answers. */
export function healthy(spec: Partial<ServiceSpec> = {}): ClusterObjects {
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
export const services = (cluster: ClusterObjects, change: Change<Service>) => ({
  ...cluster,
  services: cluster.services.map(change),
});
export const pods = (cluster: ClusterObjects, change: Change<Pod>) => ({
  ...cluster,
  pods: cluster.pods.map(change),
});
export const nodes = (cluster: ClusterObjects, change: Change<Node>) => ({
  ...cluster,
  nodes: cluster.nodes.map(change),
});
export const slices = (cluster: ClusterObjects, change: Change<EndpointSlice>) => ({
  ...cluster,
  endpointSlices: cluster.endpointSlices.map(change),
});

export const unready: Change<Pod> = (pod) => ({
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
export const withConditions =
  (conditions: object): Change<EndpointSlice> =>
  (slice) => ({
    ...slice,
    endpoints: (slice.endpoints ?? []).map((endpoint) => ({ ...endpoint, conditions })),
  });
export const second = (name: string, spec: Partial<ServiceSpec>): Service =>
  makeService(name, { spec: { selector: labels, ...spec }, createdAt: "2026-02-01T00:00:00Z" });
export const event = (reason: string, message: string): KubeEvent => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e", namespace: "default", uid: "e", resourceVersion: "1", creationTimestamp: "" },
  involvedObject: { kind: "Service", namespace: "default", name: "demo-service" },
  type: "Warning",
  reason,
  message,
});

export interface Fault {
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
export function proxyOf(
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

export const answered: ProbeOutcome = { kind: "answered", status: 200 };
export const refused: ProbeOutcome = { kind: "refused" };

export function diagnose({
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
