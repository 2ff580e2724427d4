import { describe } from "node:test";
import { packetFlowTests } from "./testing/packet-flow.ts";
import { makeService, makeSlices } from "./testing/world.ts";

const local = { spec: { externalTrafficPolicy: "Local" } } as const;
const serving = (pod: string) => ({ pod, state: "terminating-serving" }) as const;
const dead = (pod: string) => ({ pod, state: "terminating-dead" }) as const;
const unready = (pod: string) => ({ pod, state: "unready" }) as const;
const zoned = (pod: string, ...zones: string[]) => ({ pod, zones });

describe("readiness and termination", () => {
  packetFlowTests([
    {
      name: "an endpoint that is not ready is not used",
      endpoints: [unready("a1"), "b1"],
      expect: ["pod-b1"],
    },
    {
      name: "one that terminates is not used as long as one is ready",
      endpoints: [serving("a1"), "b1"],
      expect: ["pod-b1"],
    },
    {
      name: "those that terminate but serve are used when none is ready",
      endpoints: [serving("a1"), serving("b1")],
      expect: ["pod-a1", "pod-b1"],
    },
    {
      name: "one that terminates and does not serve is never used",
      endpoints: [dead("a1"), dead("b1")],
      expect: "reject",
    },
    {
      name: "of those that terminate only the serving ones are used",
      endpoints: [dead("a1"), serving("b1")],
      expect: ["pod-b1"],
    },
    {
      name: "none that is merely unready is used as a last resort",
      endpoints: [unready("a1"), serving("b1")],
      expect: ["pod-b1"],
    },
    {
      name: "unready endpoints that are published count as ready",
      endpoints: [{ pod: "a1", state: "unready-published" }],
      expect: ["pod-a1"],
    },
    {
      name: "under Local the node falls back to its own terminating ones though others are ready",
      service: local,
      endpoints: [serving("a1"), "b1"],
      expect: ["pod-a1"],
    },
    {
      name: "under Local a ready one here goes before a terminating one here",
      service: local,
      endpoints: [serving("a1"), "a2", "b1"],
      expect: ["pod-a2"],
    },
    {
      name: "under Local a dead one here is silence when others serve",
      service: local,
      endpoints: [dead("a1"), "b1"],
      expect: "drop",
    },
    {
      name: "under Local terminating ones elsewhere make it silence too",
      service: local,
      endpoints: [serving("b1")],
      expect: "drop",
    },
  ]);
});

describe("topology hints", () => {
  packetFlowTests([
    {
      name: "zone hints are followed when all ready endpoints have them",
      endpoints: [zoned("a1", "zone-1"), zoned("c1", "zone-2")],
      expect: ["pod-a1"],
    },
    {
      name: "the other zone's node follows its own",
      at: "node-c",
      endpoints: [zoned("a1", "zone-1"), zoned("c1", "zone-2")],
      expect: ["pod-c1"],
    },
    {
      name: "they are ignored when one ready endpoint has none",
      endpoints: [zoned("a1", "zone-1"), "c1"],
      expect: ["pod-a1", "pod-c1"],
    },
    {
      name: "an endpoint that is not ready needs none",
      endpoints: [zoned("a1", "zone-1"), unready("c1")],
      expect: ["pod-a1"],
    },
    {
      name: "they are ignored when none is for this zone",
      endpoints: [zoned("a1", "zone-2"), zoned("c1", "zone-2")],
      expect: ["pod-a1", "pod-c1"],
    },
    {
      name: "they are ignored on a node without a zone",
      node: { labels: {} },
      endpoints: [zoned("a1", "zone-1"), zoned("c1", "zone-2")],
      expect: ["pod-a1", "pod-c1"],
    },
    {
      name: "an endpoint may be meant for several zones",
      endpoints: [zoned("a1", "zone-1"), zoned("c1", "zone-1", "zone-2")],
      expect: ["pod-a1", "pod-c1"],
    },
    {
      name: "preference is followed however few endpoints are near",
      endpoints: [zoned("a1", "zone-1"), zoned("c1", "zone-2"), zoned("c2", "zone-2"), zoned("c3", "zone-2")],
      expect: ["pod-a1"],
    },
    {
      name: "node hints go before zone hints",
      endpoints: [
        { pod: "a1", nodes: ["node-a"], zones: ["zone-1"] },
        { pod: "b1", nodes: ["node-b"], zones: ["zone-1"] },
      ],
      expect: ["pod-a1"],
    },
    {
      name: "zone hints are followed where no node hint is for this node",
      endpoints: [
        { pod: "b1", nodes: ["node-b"], zones: ["zone-1"] },
        { pod: "c1", nodes: ["node-c"], zones: ["zone-2"] },
      ],
      expect: ["pod-b1"],
    },
    {
      name: "node hints that one endpoint lacks are ignored, its zone hints are not",
      endpoints: [
        { pod: "a1", nodes: ["node-a"], zones: ["zone-1"] },
        { pod: "b1", zones: ["zone-1"] },
        { pod: "c1", nodes: ["node-c"], zones: ["zone-2"] },
      ],
      expect: ["pod-a1", "pod-b1"],
    },
    {
      name: "hints never narrow the local set",
      service: local,
      endpoints: [zoned("a1", "zone-2"), zoned("a2", "zone-1")],
      expect: ["pod-a1", "pod-a2"],
    },
    {
      name: "hints of terminating endpoints mean nothing",
      endpoints: [
        { pod: "c1", state: "terminating-serving", zones: ["zone-1"] },
        { pod: "b1", state: "terminating-serving", zones: ["zone-2"] },
      ],
      expect: ["pod-b1", "pod-c1"],
    },
  ]);
});

describe("slices", () => {
  const one =
    (
      slices: ReturnType<typeof makeSlices>,
      ports = [{ port: 80, targetPort: "web", nodePort: 30080, protocol: "TCP" as const, name: "web" }],
    ) =>
    () => ({ services: [makeService("demo-service", { spec: { ports } })], slices });
  const web = (port: number) => [{ name: "web", port, protocol: "TCP" as const }];
  packetFlowTests([
    {
      name: "a named target port may be another number in each slice",
      objects: one([
        ...makeSlices(["a1"], { ports: web(8080) }),
        ...makeSlices(["b1"], { ports: web(9090), suffix: "-2" }),
      ]),
      expect: ["pod-a1", "pod-b1:9090"],
    },
    {
      name: "ports are joined by name, not by number",
      objects: one(makeSlices(["a1"], { ports: [{ name: "other", port: 8080, protocol: "TCP" }] })),
      expect: "reject",
    },
    {
      name: "ports are joined by protocol too",
      objects: one(makeSlices(["a1"], { ports: [{ name: "web", port: 8080, protocol: "UDP" }] })),
      expect: "reject",
    },
    {
      name: "a port without a number is passed over",
      objects: one(makeSlices(["a1"], { ports: [{ name: "web" }] })),
      expect: "reject",
    },
    {
      name: "a slice that holds nothing reads as null and is no trouble",
      objects: one(makeSlices([], { ports: null })),
      expect: "reject",
    },
    {
      name: "slices of another Service add nothing",
      objects: one([
        ...makeSlices(["a1"], { ports: web(8080) }),
        ...makeSlices(["b1"], { service: "other", ports: web(8080) }),
      ]),
      expect: ["pod-a1"],
    },
    {
      name: "an endpoint that moves from one slice to another is there once",
      objects: one([
        ...makeSlices(["a1", "b1"], { ports: web(8080) }),
        ...makeSlices(["b1"], { ports: web(8080), suffix: "-2" }),
      ]),
      expect: ["pod-a1", "pod-b1"],
    },
    {
      name: "an address that passed from a terminating pod to a ready one is ready",
      objects: one([
        ...makeSlices([serving("a1")], { ports: web(8080) }),
        ...makeSlices(["a1"], { ports: web(8080), suffix: "-2" }),
      ]),
      expect: ["pod-a1"],
    },
    {
      name: "an address that passed from a ready pod's slice to an older terminating one is ready whatever the order",
      objects: one([
        ...makeSlices(["a1"], { ports: web(8080) }),
        ...makeSlices([dead("a1")], { ports: web(8080), suffix: "-0" }),
      ]),
      expect: ["pod-a1"],
    },
  ]);
});
