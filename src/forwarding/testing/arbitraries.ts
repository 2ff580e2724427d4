/** Random Services, slices and nodes, from few names and numbers so that they meet. */
import fc from "fast-check";
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { Service } from "../../api/service.ts";
import type { NodeView } from "../node-view.ts";
import {
  type EndpointSketch,
  type EndpointState,
  endpointStates,
  makeService,
  makeSlices,
  nodeView,
} from "./world.ts";

const names = ["one", "two", "three"] as const;
const policy = fc.constantFrom("Cluster" as const, "Local" as const);
const pods = ["a1", "a2", "b1", "b2", "c1"] as const;

export const anyService: fc.Arbitrary<Service> = fc
  .record({
    name: fc.constantFrom(...names),
    type: fc.constantFrom("ClusterIP" as const, "NodePort" as const, "LoadBalancer" as const),
    hosts: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 1 }),
    nodePort: fc.integer({ min: 30_080, max: 30_082 }),
    port: fc.constantFrom(80, 81),
    externalTrafficPolicy: policy,
    internalTrafficPolicy: policy,
    externalIPs: fc.subarray(["198.51.100.2", "172.30.0.1", "2001:db8:1::2"]),
    vips: fc.subarray(["198.51.100.1", "198.51.100.2", "2001:db8:1::1"]),
    ranges: fc.subarray(["203.0.113.0/24", "192.168.0.0/24", "2001:db8::/64"]),
    sticky: fc.boolean(),
    createdAt: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
  })
  .map(({ name, hosts, nodePort, port, vips, ranges, sticky, createdAt, ...spec }) =>
    makeService(name, {
      createdAt,
      spec: {
        ...spec,
        clusterIP: `172.30.0.${hosts[0]}`,
        clusterIPs: [`172.30.0.${hosts[0]}`, `fd00:172::${hosts[0]}`],
        ports: [{ port, targetPort: 8080, nodePort, protocol: "TCP" }],
        loadBalancerSourceRanges: ranges,
        sessionAffinity: sticky ? "ClientIP" : "None",
      },
      status: { loadBalancer: { ingress: vips.map((ip) => ({ ip })) } },
    }),
  );

const anyEndpoint: fc.Arbitrary<EndpointSketch> = fc.record(
  {
    pod: fc.constantFrom(...pods),
    state: fc.constantFrom(...(Object.keys(endpointStates) as EndpointState[])),
    zones: fc.subarray(["zone-1", "zone-2"], { minLength: 1 }),
    nodes: fc.subarray(["node-a", "node-b", "node-c"], { minLength: 1 }),
  },
  { requiredKeys: ["pod", "state"] },
);

export const anySlice: fc.Arbitrary<EndpointSlice> = fc
  .record({
    service: fc.constantFrom(...names),
    suffix: fc.constantFrom("", "-2"),
    endpoints: fc.uniqueArray(anyEndpoint, { maxLength: 4, selector: ({ pod }) => pod }),
    family: fc.constantFrom(0, 1),
  })
  .map(({ service, suffix, endpoints, family }) => {
    const slice = makeSlices(endpoints, { service, suffix })[family];
    if (!slice) throw new RangeError(`No slice for family ${family}`);
    return slice;
  });

export const anyNode: fc.Arbitrary<NodeView> = fc
  .record({
    name: fc.constantFrom("node-a", "node-b", "node-c"),
    zone: fc.constantFrom("zone-1", "zone-2", undefined),
    answers: fc.boolean(),
  })
  .map(({ name, zone, answers }) =>
    nodeView(name, {
      labels: zone === undefined ? {} : { "topology.kubernetes.io/zone": zone },
      ...(!answers && { nodePortAddresses: [] }),
    }),
  );

/** At most one of each name, as in an API. */
export const anyObjects = fc.record({
  node: anyNode,
  services: fc.uniqueArray(anyService, { maxLength: 3, selector: ({ metadata }) => metadata.name }),
  endpointSlices: fc.uniqueArray(anySlice, { maxLength: 8, selector: ({ metadata }) => metadata.name }),
});
