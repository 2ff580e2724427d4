/** Faults of a Service's own fields, and of what it shares with others. */
import type { Pod } from "../../../api/pod.ts";
import { event, type Fault, healthy, nodes, pods, second, services } from "./cluster.ts";

export const serviceFaults: readonly Fault[] = [
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
    id: "source-ranges-without-load-balancer",
    name: "source ranges that a NodePort goes around",
    objects: healthy({ loadBalancerSourceRanges: ["192.0.2.0/24"] }),
    evidence: /outside 192\.0\.2\.0\/24 are let in at NodePort 30080/,
  },
];
