import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { EndpointSlice, SliceEndpoint } from "../../api/endpoint-slice.ts";
import type { Node } from "../../api/node.ts";
import { leaseOfReport } from "../../api/proxy-report/proxy-report.ts";
import type { Service } from "../../api/service.ts";
import { ClusterView } from "./cluster-view.ts";
import type { ServiceRow } from "./rows.ts";
import { mostEndpoints } from "./rows.ts";
import { serviceRow } from "./service-row.ts";
import { Timeline } from "./timeline.ts";

let revision = 0;
const meta = (name: string, labels: Record<string, string> = {}) => ({
  name,
  namespace: "default",
  uid: name,
  resourceVersion: String(++revision),
  creationTimestamp: "2026-01-01T00:00:00Z",
  labels,
});

const service = (name: string, spec: Partial<Service["spec"]> = {}): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: meta(name),
  spec: {
    type: "NodePort",
    sessionAffinity: "None",
    clusterIPs: ["10.96.0.1"],
    ports: [{ port: 80, protocol: "TCP", targetPort: 8080, nodePort: 30_080 }],
    ...spec,
  },
  status: {},
});

const endpoint = (
  address: string,
  conditions: SliceEndpoint["conditions"] = {},
  pod = "",
): SliceEndpoint => ({
  addresses: [address],
  conditions,
  nodeName: "node-1",
  ...(pod && { targetRef: { kind: "Pod", namespace: "default", name: pod, uid: pod } }),
});

const slice = (
  of: string,
  endpoints: readonly SliceEndpoint[],
  family: EndpointSlice["addressType"] = "IPv4",
): EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: meta(`${of}-${family}`, { "kubernetes.io/service-name": of }),
  addressType: family,
  endpoints,
  ports: [],
});

const node = (name: string, ready = true): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { ...meta(name), namespace: "" },
  spec: {},
  status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

const now = Date.parse("2026-01-01T00:00:00Z");
const told = <T>(...present: T[]) => ({ present, gone: [] as T[] });
const gone = <T>(...left: T[]) => ({ present: [] as T[], gone: left });

/** A view that has begun to tell. */
function makeView(): ClusterView {
  const view = new ClusterView();
  view.services(told(service("web")));
  view.endpointSlices(told(slice("web", [endpoint("10.0.0.1", {}, "a"), endpoint("10.0.0.2", {}, "b")])));
  view.nodes(told(node("node-1")));
  view.update(now);
  view.beginToTell();
  return view;
}

describe("a Service's row", () => {
  test("a pod with an address of each family is one endpoint, shown by IPv4", () => {
    const slices = [
      slice("web", [endpoint("fd00::1", {}, "a")], "IPv6"),
      slice("web", [endpoint("10.0.0.1", {}, "a")]),
    ];
    const { endpoints, ready, total } = serviceRow(service("web"), slices);
    assert.deepEqual(endpoints, [["10.0.0.1", "node-1", "default/a", "ready"]]);
    assert.deepEqual([ready, total], [1, 1]);
  });

  test("of very many endpoints those that are ill are told, and all are counted", () => {
    const many = Array.from({ length: mostEndpoints + 100 }, (_, index) =>
      endpoint(`10.0.${Math.floor(index / 250)}.${index % 250}`, { ready: index % 2 === 0 }),
    );
    const row = serviceRow(service("web"), [slice("web", many)]);
    assert.equal(row.endpoints.length, mostEndpoints);
    assert.equal(row.endpoints.filter(([, , , state]) => state === "not-ready").length, many.length / 2);
    assert.deepEqual([row.ready, row.total], [many.length / 2, many.length]);
  });
});

describe("the view of a cluster", () => {
  test("what was there when it began is not told as having happened", () => {
    assert.deepEqual(makeView().timeline, []);
  });

  test("a change that the row does not show is nobody's news", () => {
    const view = makeView();
    const same = { ...node("node-1"), metadata: { ...node("node-1").metadata, resourceVersion: "999" } };
    view.nodes(told(same));
    const { services, nodes, timeline } = view.update(now);
    assert.deepEqual([services.size, nodes.size, timeline.length], [0, 0, 0]);
  });

  const happenings: readonly {
    readonly name: string;
    readonly change: (view: ClusterView) => void;
    readonly says: readonly string[];
  }[] = [
    {
      name: "an endpoint that leaves, and one that arrives",
      change: (view) =>
        view.endpointSlices(
          told(slice("web", [endpoint("10.0.0.1", {}, "a"), endpoint("10.0.0.3", { ready: false }, "c")])),
        ),
      says: ["b on node-1 left", "c on node-1 arrived, not ready yet"],
    },
    {
      name: "the last ready endpoint",
      change: (view) => view.endpointSlices(gone(slice("web", []))),
      says: ["a on node-1 left", "b on node-1 left", "has no ready endpoint left"],
    },
    {
      name: "a Service that is created",
      change: (view) => view.services(told(service("new", { type: "ClusterIP", ports: [] }))),
      says: ["created, ClusterIP"],
    },
    {
      name: "a Service that is deleted",
      change: (view) => view.services(gone(service("web"))),
      says: ["deleted"],
    },
    {
      name: "a Service that gets a balanced address and a policy",
      change(view) {
        const changed = service("web", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
        view.services(told({ ...changed, status: { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } } }));
      },
      says: [
        "is now LoadBalancer",
        "LoadBalancer, port 80 on node port 30080",
        "is balanced at 203.0.113.1",
        "externalTrafficPolicy Local",
      ],
    },
    {
      name: "a node that is no longer ready",
      change: (view) => view.nodes(told(node("node-1", false))),
      says: ["is not Ready"],
    },
    { name: "a node that is gone", change: (view) => view.nodes(gone(node("node-1"))), says: ["is gone"] },
  ];
  for (const { name, change, says } of happenings) {
    test(`tells of ${name}`, () => {
      const view = makeView();
      change(view);
      assert.deepEqual(
        view.update(now).timeline.map(({ text }) => text),
        says,
      );
    });
  }

  test("a proxy that is no longer heard of is told by time alone", () => {
    const view = makeView();
    const report = { node: "node-1", mode: "nftables", services: 1, endpointSlices: 1, programmed: 2 };
    const lease = leaseOfReport({ ...report, problems: [], moreProblems: 0 }, "2026-01-01T00:00:00.000000Z");
    view.leases(told({ ...lease, apiVersion: "", kind: "" } as never));
    assert.deepEqual([...view.update(now).nodes], ["node-1"]);
    view.touchAllNodes();
    assert.equal(view.update(now + 10_000).nodes.size, 0);
    view.touchAllNodes();
    const { timeline } = view.update(now + 60_000);
    assert.deepEqual(
      timeline.map(({ text }) => text),
      ["its proxy no longer reports"],
    );
  });

  test("whatever happened in whatever order, rows are those of the objects that are there", () => {
    const name = fc.constantFrom("a", "b", "c");
    const step = fc.record({
      name,
      of: fc.constantFrom("service", "slice"),
      isThere: fc.boolean(),
      count: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const view = new ClusterView();
        const services = new Map<string, Service>();
        const slices = new Map<string, EndpointSlice>();
        for (const { name: key, of, isThere, count } of steps) {
          if (of === "service") {
            const object = service(key);
            if (isThere) services.set(key, object);
            else services.delete(key);
            view.services(isThere ? told(object) : gone(object));
          } else {
            const object = slice(
              key,
              Array.from({ length: count }, (_, index) => endpoint(`10.0.0.${index}`)),
            );
            if (isThere) slices.set(key, object);
            else slices.delete(key);
            view.endpointSlices(isThere ? told(object) : gone(object));
          }
          if (count === 0) view.update(now);
        }
        view.update(now);
        const expected = [...services].map(([key, object]) => {
          const own = slices.get(key);
          return serviceRow(object, own ? [own] : []);
        });
        const byKey = (a: ServiceRow, b: ServiceRow) => (a.key < b.key ? -1 : 1);
        const rows = view.serviceTexts().map((text) => JSON.parse(text) as ServiceRow);
        assert.deepEqual(rows.sort(byKey), expected.sort(byKey));
      }),
    );
  });
});

test("a timeline is bounded, and what happens all at once is one sentence that grows", () => {
  const timeline = new Timeline();
  const add = (index: number, at: number) =>
    timeline.add({ object: `Service default/web-${index % 40}`, text: "changed", tone: "neutral" }, at);
  for (let index = 0; index < 200; index++) add(index, now);
  assert.equal(timeline.entries.length, 9);
  assert.deepEqual(
    [timeline.entries.at(-1)?.count, timeline.entries.at(-1)?.text],
    [192, "192 more changes of 40 objects"],
  );
  for (let second = 1; second < 600; second++) add(second, now + 1000 * second);
  assert.equal(timeline.entries.length, 400);
  assert.equal(timeline.entries.at(-1)?.at, now + 599_000);
});
