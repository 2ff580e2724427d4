/** Faults of what stands behind a Service: selectors, pods, slices. */
import { type Fault, healthy, pods, slices, unready, withConditions } from "./cluster.ts";

export const endpointFaults: readonly Fault[] = [
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
    id: "no-endpoint-of-family",
    name: "a dual-stack Service of IPv4 pods",
    objects: { ...healthy(), endpointSlices: healthy().endpointSlices.slice(0, 1) },
    evidence: /no IPv6 endpoints/,
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
];
