import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndpointSlice, Endpoints, SliceEndpoint } from "../../api/endpoint-slice.ts";
import type { Pod } from "../../api/pod.ts";
import type { Service } from "../../api/service.ts";
import { reconcileEndpoints } from "../endpoints/reconcile-endpoints.ts";
import { type Mutable, makeNode, makePod, makeService, objectOf } from "../testing/builders.ts";
import { reconcileServiceSlices } from "./service-slices.ts";

const nodes = new Map(
  ["a", "b"].map((zone, i) => [
    `node-${i + 1}`,
    makeNode(`node-${i + 1}`, (n) => {
      n.metadata.labels = { "topology.kubernetes.io/zone": zone };
    }),
  ]),
);

function slicesOf(
  pods: readonly Pod[],
  change?: (service: Mutable<Service>) => void,
): readonly EndpointSlice[] {
  const writes = reconcileServiceSlices({
    service: makeService("demo", ...(change ? [change] : [])),
    pods,
    nodes,
    slices: [],
  });
  return writes.map(({ object }) => object as EndpointSlice);
}

const describeEndpoint = ({ addresses, conditions }: SliceEndpoint) =>
  `${addresses[0]} ${conditions?.ready ? "ready" : "not-ready"} ${conditions?.serving ? "serving" : ""} ${conditions?.terminating ? "terminating" : ""}`.trim();

const at = (ip: string) => (pod: Mutable<Pod>) => {
  pod.status.podIPs = [{ ip }];
  pod.status.podIP = ip;
};
const unready = (pod: Mutable<Pod>) => {
  pod.status.conditions = [{ type: "Ready", status: "False" }];
};
const leaving = (pod: Mutable<Pod>) => {
  pod.metadata.deletionTimestamp = "2026-01-01T00:01:00Z";
};

describe("reconcileServiceSlices", () => {
  const rows: {
    name: string;
    pods: Pod[];
    service?: (service: Mutable<Service>) => void;
    expected: string[];
  }[] = [
    { name: "a ready pod", pods: [makePod("a")], expected: ["10.180.0.1 ready serving"] },
    { name: "a pod that is not ready", pods: [makePod("a", unready)], expected: ["10.180.0.1 not-ready"] },
    {
      name: "a ready pod on its way out",
      pods: [makePod("a", leaving)],
      expected: ["10.180.0.1 not-ready serving terminating"],
    },
    {
      name: "publishNotReadyAddresses",
      pods: [makePod("a", unready)],
      service: (s) => {
        s.spec.publishNotReadyAddresses = true;
      },
      expected: ["10.180.0.1 ready"],
    },
    {
      name: "a pod that has failed",
      pods: [
        makePod("a", (p) => {
          p.status.phase = "Failed";
        }),
      ],
      expected: [],
    },
    {
      name: "a pod without an address",
      pods: [
        makePod("a", (p) => {
          p.status = { phase: "Pending" };
        }),
      ],
      expected: [],
    },
    {
      name: "a pod of other labels",
      pods: [
        makePod("a", (p) => {
          p.metadata.labels = { app: "other" };
        }),
      ],
      expected: [],
    },
    {
      name: "an address that moves from a pod on its way out to a new pod",
      pods: [makePod("new"), makePod("old", leaving)],
      expected: ["10.180.0.1 ready serving"],
    },
  ];
  for (const { name, pods, service, expected } of rows) {
    test(`${name}: ${expected.join() || "no endpoint"}`, () => {
      for (const order of [pods, pods.toReversed()]) {
        const [slice, ...others] = slicesOf(order, service);
        assert.deepEqual(slice?.endpoints?.map(describeEndpoint), expected);
        assert.equal(others.length, 0);
      }
    });
  }

  test("named target ports are looked up in each pod: pods that mean different ports get slices of their own", () => {
    const named = (port: number) => (pod: Mutable<Pod>) => {
      at(`10.180.0.${port % 100}`)(pod);
      pod.spec.containers = [{ name: "c", ports: [{ name: "http", containerPort: port }] }];
    };
    const slices = slicesOf([makePod("a", named(8001)), makePod("b", named(8002)), makePod("c")], (s) => {
      s.spec.ports = [{ name: "web", port: 80, targetPort: "http", protocol: "TCP" }];
    });
    assert.deepEqual(
      slices.map(({ ports, endpoints }) => [ports?.[0]?.port, endpoints?.length]),
      [
        [8001, 1],
        [8002, 1],
      ],
    );
  });

  test("a slice says whose it is", () => {
    const [slice] = slicesOf([makePod("a")], (s) => {
      s.metadata.labels = { team: "x" };
      s.spec.clusterIP = "None";
    });
    assert.deepEqual(slice?.metadata.labels, {
      team: "x",
      "service.kubernetes.io/headless": "",
      "kubernetes.io/service-name": "demo",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    });
    assert.equal(slice?.metadata.ownerReferences?.[0]?.uid, "uid-demo");
    assert.deepEqual(slice?.endpoints?.[0]?.targetRef, {
      kind: "Pod",
      namespace: "default",
      name: "a",
      uid: "uid-a",
    });
    assert.equal(slice?.endpoints?.[0]?.zone, "a");
  });

  const hints: [string, object | undefined][] = [
    ["PreferClose", { forZones: [{ name: "a" }] }],
    ["PreferSameZone", { forZones: [{ name: "a" }] }],
    ["PreferSameNode", { forZones: [{ name: "a" }], forNodes: [{ name: "node-1" }] }],
  ];
  for (const [distribution, expected] of hints) {
    test(`${distribution} makes hints for ready endpoints`, () => {
      const pods = [makePod("a"), makePod("b", at("10.180.0.2"), unready)];
      const [slice] = slicesOf(pods, (s) => {
        s.spec.trafficDistribution = distribution;
      });
      assert.deepEqual(
        slice?.endpoints?.map((e) => e.hints),
        [expected, undefined],
      );
    });
  }

  test("both families have slices of their own, and a family that is dropped loses them", () => {
    const dual = makePod("a", (p) => {
      p.status.podIPs = [{ ip: "10.180.0.1" }, { ip: "fd00::1" }];
    });
    const both = slicesOf([dual], (s) => {
      s.spec.ipFamilies = ["IPv4", "IPv6"];
    });
    assert.deepEqual(
      both.map((s) => [s.addressType, s.endpoints?.[0]?.addresses[0]]),
      [
        ["IPv4", "10.180.0.1"],
        ["IPv6", "fd00::1"],
      ],
    );
    const slices = both.map((s, i) => ({
      ...s,
      metadata: { ...s.metadata, name: `s${i}`, uid: `s${i}`, resourceVersion: "1" },
    }));
    const writes = reconcileServiceSlices({ service: makeService("demo"), pods: [dual], nodes, slices });
    assert.deepEqual(
      writes.map(({ verb, object }) => `${verb} ${object.metadata?.name}`),
      ["delete s1"],
    );
  });

  test("a Service whose pods are all gone keeps one slice, updated in place", () => {
    const [slice] = slicesOf([makePod("a")]);
    if (!slice) throw new Error("no slice");
    const present = { ...slice, metadata: { ...slice.metadata, name: "s", uid: "s", resourceVersion: "1" } };
    const service = makeService("demo");
    const emptied = reconcileServiceSlices({ service, pods: [], nodes, slices: [present] });
    assert.deepEqual(
      emptied.map(({ verb, object }) => [verb, (object as EndpointSlice).endpoints]),
      [["update", []]],
    );
    const stored = { ...present, endpoints: null, ports: null };
    assert.deepEqual(reconcileServiceSlices({ service, pods: [], nodes, slices: [stored] }), []);
  });
});

describe("reconcileEndpoints", () => {
  test("ready and other addresses are kept apart; pods on their way out are left out", () => {
    const pods = [
      makePod("a"),
      makePod("b", at("10.180.0.2"), unready),
      makePod("c", at("10.180.0.3"), leaving),
    ];
    const [write] = reconcileEndpoints({ service: makeService("demo"), pods, present: undefined });
    const { subsets: [subset] = [] } = objectOf<Endpoints>(write);
    assert.deepEqual(
      subset?.addresses?.map(({ ip }) => ip),
      ["10.180.0.1"],
    );
    assert.deepEqual(
      subset?.notReadyAddresses?.map(({ ip }) => ip),
      ["10.180.0.2"],
    );
  });

  test("more than the limit are cut, those that are not ready first, and an annotation says so", () => {
    const pods = [makePod("z", at("10.180.0.9"), unready), makePod("a"), makePod("b", at("10.180.0.2"))];
    const [write] = reconcileEndpoints({
      service: makeService("demo"),
      pods,
      present: undefined,
      maxAddresses: 2,
    });
    const object = write?.object as { subsets: object[]; metadata: { annotations: object } };
    assert.deepEqual(object.metadata.annotations, { "endpoints.kubernetes.io/over-capacity": "truncated" });
    assert.equal(JSON.stringify(object.subsets).match(/"ip"/g)?.length, 2);
    assert.doesNotMatch(JSON.stringify(object.subsets), /notReady/);
  });
});
