import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndpointRow, NodeRow, ServiceRow } from "../../model/rows.ts";
import { cellAt, fieldGrid } from "./field-grid.ts";
import { layoutPath, linePath } from "./layout-path.ts";
import { overviewPath } from "./overview-path.ts";
import type { PathModel } from "./path-model.ts";
import { formatRate, strokeOf } from "./rate-text.ts";
import { servicePath } from "./service-path.ts";

const makeNode = (index: number, more: Partial<NodeRow> = {}): NodeRow => ({
  name: `node-${index}`,
  addresses: [`192.0.2.${index}`],
  ready: true,
  cordoned: false,
  zone: "",
  ...more,
});
const makeNodes = (count: number) => Array.from({ length: count }, (_, index) => makeNode(index + 1));

const ready = (index: number, node = "node-1"): EndpointRow => [
  `10.0.0.${index}`,
  node,
  `default/web-${index}`,
  "ready",
];

function makeService(endpoints: readonly EndpointRow[], more: Partial<ServiceRow> = {}): ServiceRow {
  return {
    key: "default/web",
    type: "NodePort",
    clusterIPs: ["10.96.0.1"],
    balanced: [],
    externalIPs: [],
    ports: [{ name: "", protocol: "TCP", port: 80, targetPort: 8080, nodePort: 30_080 }],
    policy: "Cluster",
    endpoints,
    ready: endpoints.filter(([, , , state]) => state === "ready").length,
    total: endpoints.length,
    revision: 1,
    sliceRevision: 1,
    ...more,
  };
}

function pathOf(
  service: ServiceRow,
  nodes: readonly NodeRow[],
  departed: readonly EndpointRow[] = [],
): PathModel {
  return servicePath({ service, nodes, portIndex: 0, departed, mostBoxes: 8, rateOf: () => undefined });
}

const stagesOf = ({ stages }: PathModel) => stages.map(({ id }) => id);
const lineFrom = ({ lines }: PathModel, from: string, to: string) => {
  const found = lines.find((line) => line.from === from && line.to === to);
  assert.ok(found, `a line from ${from} to ${to}`);
  return found;
};

describe("the way to a Service", () => {
  test("a NodePort leads from outside over every node to every endpoint, and each line knows its trace", () => {
    const model = pathOf(makeService([ready(1), ready(2)]), makeNodes(3));
    assert.deepEqual(stagesOf(model), ["outside", "nodes", "service", "endpoints"]);
    assert.equal(model.lines.length, 3 + 3 + 2);
    assert.deepEqual(lineFrom(model, "outside", "node node-2").opens, {
      kind: "trace",
      to: "192.0.2.2:30080",
      protocol: "TCP",
      node: "node-2",
    });
  });

  test("a balanced Service has its address before the nodes; one that waits for it is half well", () => {
    const balanced = pathOf(
      makeService([ready(1)], { type: "LoadBalancer", balanced: ["203.0.113.1"] }),
      makeNodes(1),
    );
    assert.deepEqual(stagesOf(balanced), ["outside", "balancer", "nodes", "service", "endpoints"]);
    lineFrom(balanced, "address 203.0.113.1", "node node-1");
    const waiting = pathOf(makeService([ready(1)], { type: "LoadBalancer" }), makeNodes(1));
    assert.equal(lineFrom(waiting, "address pending", "node node-1").health, "off");
    const [pending] = waiting.stages[1]?.items ?? [];
    assert.equal(pending?.kind === "address" && pending.health, "warn");
  });

  test("a Service without node ports is reached from inside alone", () => {
    const port = { name: "", protocol: "TCP", port: 80, targetPort: 8080 } as const;
    const model = pathOf(makeService([ready(1)], { type: "ClusterIP", ports: [port] }), makeNodes(3));
    assert.deepEqual(stagesOf(model), ["outside", "service", "endpoints"]);
    assert.equal(model.lines[0]?.opens?.kind, "trace");
  });

  test("policy Local: nothing goes over nodes without an endpoint of their own", () => {
    const model = pathOf(makeService([ready(1, "node-2")], { policy: "Local" }), makeNodes(2));
    assert.equal(lineFrom(model, "outside", "node node-2").health, "good");
    assert.equal(lineFrom(model, "outside", "node node-1").health, "off");
  });

  test("of 300 nodes the ill ones and those with endpoints are boxes, the others cells", () => {
    const nodes = makeNodes(300).map((node) => (node.name === "node-77" ? { ...node, ready: false } : node));
    const model = pathOf(makeService([ready(1, "node-200")]), nodes);
    const items = model.stages.find(({ id }) => id === "nodes")?.items ?? [];
    assert.deepEqual(
      items.map(({ id }) => id),
      ["node node-77", "node node-200", "node rest"],
    );
    assert.equal(items.at(-1)?.kind === "cells" && items.at(-1)?.title, "298 more nodes");
  });

  test("endpoints that left are shown as leaving, and one that is not ready gets nothing", () => {
    const endpoints: readonly EndpointRow[] = [
      ["10.0.0.9", "node-1", "default/web-9", "not-ready"],
      ready(1),
    ];
    const model = pathOf(makeService(endpoints), makeNodes(1), [ready(5)]);
    const items = model.stages.at(-1)?.items ?? [];
    assert.deepEqual(
      items.map((item) => [item.title, item.kind === "endpoint" && (item.leaving ?? false)]),
      [
        ["web-1", false],
        ["web-5", true],
        ["web-9", false],
      ],
    );
    assert.equal(lineFrom(model, "service", "endpoint 10.0.0.9").health, "off");
    assert.equal(lineFrom(model, "service", "endpoint 10.0.0.1").health, "good");
  });

  test("a Service without endpoints and one without ports can be drawn, too", () => {
    const none = pathOf(makeService([]), makeNodes(1));
    assert.equal(none.stages.at(-1)?.items[0]?.id, "endpoint none");
    assert.deepEqual(stagesOf(pathOf(makeService([], { ports: [] }), [])), ["service", "endpoints"]);
  });
});

test("in the whole cluster no line from outside leads to a Service that is reached from inside alone", () => {
  const port = { name: "", protocol: "TCP", port: 80, targetPort: 8080 } as const;
  const services = [
    makeService([ready(1)]),
    makeService([ready(2)], { key: "default/inner", ports: [port] }),
  ];
  const totals = { services: 2, exposed: 1, balanced: 0, ready: 2, endpoints: 2 };
  const rates = new Map([["node-1", 7]]);
  const model = overviewPath({
    nodes: makeNodes(1),
    services,
    totals,
    mostBoxes: 8,
    rateOf: (place) => rates.get(place),
  });
  assert.equal(lineFrom(model, "outside", "node node-1").perSecond, 7);
  lineFrom(model, "node node-1", "service default/web");
  assert.ok(!model.lines.some(({ from, to }) => from === "node node-1" && to === "service default/inner"));
});

describe("the layout of a path", () => {
  const model = pathOf(makeService([ready(1), ready(2), ready(3)]), makeNodes(40));
  for (const width of [320, 519, 520, 1000, 2400]) {
    test(`at ${width} px every box has a place inside, and none covers another`, () => {
      const { places, height } = layoutPath(model, width, 600);
      const all = [...places.values()];
      assert.equal(all.length, model.stages.flatMap(({ items }) => items).length);
      for (const place of all) {
        assert.ok(place.x >= 0 && place.x + place.width <= width + 0.5, JSON.stringify(place));
        assert.ok(place.y >= 0 && place.y + place.height <= height + 0.5, JSON.stringify(place));
        for (const other of all) {
          const apart =
            other === place ||
            place.x + place.width <= other.x ||
            other.x + other.width <= place.x ||
            place.y + place.height <= other.y ||
            other.y + other.height <= place.y;
          assert.ok(apart, `${JSON.stringify(place)} covers ${JSON.stringify(other)}`);
        }
      }
    });
  }

  test("lines go from right edge to left edge, or from bottom to top where it is narrow", () => {
    const [a, b] = [
      { x: 0, y: 0, width: 10, height: 10 },
      { x: 100, y: 50, width: 10, height: 10 },
    ];
    assert.match(linePath(a, b, false), /^M10 5C.* 100 55$/);
    assert.match(linePath(a, b, true), /^M5 10C.* 105 50$/);
  });
});

test("cells of any number fit their field, and a point leads to the cell that is there", () => {
  for (const count of [1, 10, 500, 5000, 30_000]) {
    const grid = fieldGrid(count, 350, 500);
    assert.ok(Math.ceil(count / grid.columns) * grid.pitch <= 500, `${count} Services`);
    const last = count - 1;
    const [x, y] = [(last % grid.columns) * grid.pitch, Math.floor(last / grid.columns) * grid.pitch];
    assert.equal(cellAt(grid, x, y), last);
  }
  assert.equal(cellAt(fieldGrid(10, 100, 100), 99.9, 0), -1);
});

test("rates are written in four characters or so, and drawn wider the higher they are", () => {
  const written = [0, 0.4, 9.96, 128, 1234, 56_789].map(formatRate);
  assert.deepEqual(written, ["0/s", "0.4/s", "10.0/s", "128/s", "1.2k/s", "57k/s"]);
  const widths = [undefined, 0, 1, 10, 100, 1e9].map(strokeOf);
  assert.deepEqual(
    widths,
    widths.toSorted((a, b) => a - b),
  );
});
