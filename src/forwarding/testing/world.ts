/**
 * The small world of forwarding's tests: three nodes, their pods, one Service, a client; all in both families.
 *
 *     nodes     192.168.0.N     fd00:192::N      node-a and node-b in zone-1, node-c in zone-2
 *     pods      10.180.N.P      fd00:180:N::P    pod-a1, pod-a2, pod-b1, …
 *     services  172.30.0.N      fd00:172::N      cluster-ip
 *     outside   198.51.100.N    2001:db8:1::N    vip, external-ip
 *     clients   203.0.113.N     2001:db8::N      client, other-client
 */
import type { EndpointSlice, SliceEndpoint } from "../../api/endpoint-slice.ts";
import type { Service, ServiceSpec } from "../../api/service.ts";
import type { Family } from "../forwarding-table.ts";
import type { NodeView } from "../node-view.ts";

export const families = ["IPv4", "IPv6"] as const;
const nodeNumbers: Readonly<Record<string, number>> = { a: 1, b: 2, c: 3 };

/** `addressOf("IPv4", "pod-a1")` is `10.180.1.1`. Throws RangeError for a name that is not in the plan. */
export function addressOf(family: Family, name: string): string {
  const is4 = family === "IPv4";
  const [, node = "", pod = ""] = /^pod-([abc])(\d+)$/.exec(name) ?? [];
  const number = nodeNumbers[node || name.replace("node-", "")];
  if (node) return is4 ? `10.180.${number}.${pod}` : `fd00:180:${number}::${pod}`;
  if (number) return is4 ? `192.168.0.${number}` : `fd00:192::${number}`;
  switch (name) {
    case "cluster-ip":
      return is4 ? "172.30.0.1" : "fd00:172::1";
    case "vip":
      return is4 ? "198.51.100.1" : "2001:db8:1::1";
    case "external-ip":
      return is4 ? "198.51.100.2" : "2001:db8:1::2";
    case "client":
      return is4 ? "203.0.113.1" : "2001:db8::1";
    case "other-client":
      return is4 ? "203.0.113.2" : "2001:db8::2";
    default:
      throw new RangeError(`No address for "${name}"`);
  }
}

export function nodeView(name: string, change: Partial<NodeView> = {}): NodeView {
  const number = nodeNumbers[name.replace("node-", "")];
  const addresses = families.map((family) => addressOf(family, name));
  return {
    name,
    labels: { "topology.kubernetes.io/zone": name === "node-c" ? "zone-2" : "zone-1" },
    addresses,
    nodePortAddresses: addresses,
    podCIDRs: [`10.180.${number}.0/24`, `fd00:180:${number}::/64`],
    ...change,
  };
}

export interface ServiceChange {
  readonly spec?: Partial<ServiceSpec>;
  readonly status?: Service["status"];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly createdAt?: string;
}

/** The seed's Service, `default/demo-service`: 80 -> 8080, node port 30080, in both families. */
export function makeService(name = "demo-service", change: ServiceChange = {}): Service {
  const clusterIPs = families.map((family) => addressOf(family, "cluster-ip"));
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace: "default",
      uid: name,
      resourceVersion: "1",
      creationTimestamp: change.createdAt ?? "2026-01-01T00:00:00Z",
      ...(change.labels && { labels: change.labels }),
      ...(change.annotations && { annotations: change.annotations }),
    },
    spec: {
      type: "NodePort",
      clusterIP: clusterIPs[0] ?? "",
      clusterIPs,
      ipFamilies: families,
      ports: [{ port: 80, targetPort: 8080, nodePort: 30080, protocol: "TCP" }],
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "None",
      ...change.spec,
    },
    status: change.status ?? {},
  };
}

export interface EndpointSketch {
  readonly pod: string;
  readonly state?: EndpointState;
  readonly zones?: readonly string[];
  readonly nodes?: readonly string[];
  /** The node that it is on; that of the pod's name if absent, none if null. */
  readonly node?: string | null;
}

export type EndpointState = keyof typeof endpointStates;

/** What a slice says of an endpoint in each state of its pod. */
export const endpointStates = {
  ready: { ready: true, serving: true, terminating: false },
  unready: { ready: false, serving: false, terminating: false },
  "terminating-serving": { ready: false, serving: true, terminating: true },
  "terminating-dead": { ready: false, serving: false, terminating: true },
  "unready-published": { ready: true, serving: false, terminating: false },
} as const;

/** One slice per family, named `demo-service-ipv4`; `suffix` makes further ones. */
export function makeSlices(
  endpoints: readonly (string | EndpointSketch)[],
  {
    service = "demo-service",
    suffix = "",
    ports = [{ name: "", port: 8080, protocol: "TCP" }],
  }: { service?: string; suffix?: string; ports?: EndpointSlice["ports"] } = {},
): readonly EndpointSlice[] {
  return families.map((family) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service}-${family.toLowerCase()}${suffix}`,
      namespace: "default",
      uid: `${service}-${family}${suffix}`,
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: family,
    ports,
    endpoints: endpoints.map((sketch) =>
      sliceEndpoint(family, typeof sketch === "string" ? { pod: sketch } : sketch),
    ),
  }));
}

function sliceEndpoint(family: Family, sketch: EndpointSketch): SliceEndpoint {
  const { pod, state = "ready", zones, nodes, node = `node-${pod[0]}` } = sketch;
  return {
    addresses: [addressOf(family, `pod-${pod}`)],
    conditions: endpointStates[state],
    ...(node !== null && { nodeName: node }),
    ...((zones || nodes) && {
      hints: {
        ...(zones && { forZones: zones.map((name) => ({ name })) }),
        ...(nodes && { forNodes: nodes.map((name) => ({ name })) }),
      },
    }),
  };
}
