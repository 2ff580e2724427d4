import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Service } from "../api/service.ts";
import { buildForwardingTable } from "./build-forwarding-table.ts";
import { ForwardingModel } from "./forwarding-model.ts";
import type { NodeView } from "./node-view.ts";
import { diff, isEmptyDiff } from "./table-diff.ts";
import { anyNode, anyService, anySlice } from "./testing/arbitraries.ts";
import { plainUpdate } from "./testing/plain-update.ts";
import { makeService, makeSlices, nodeView } from "./testing/world.ts";

/** The objects of an API, and the model beside it that is told of every change. */
class Api {
  node: NodeView = nodeView("node-a");
  readonly model = new ForwardingModel(this.node);
  readonly services = new Map<string, Service>();
  readonly slices = new Map<string, EndpointSlice>();
}

type Change =
  | { readonly kind: "service"; readonly object: Service; readonly present: boolean }
  | { readonly kind: "slice"; readonly object: EndpointSlice; readonly present: boolean }
  | { readonly kind: "node"; readonly object: NodeView }
  | { readonly kind: "update" };

const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("service" as const), object: anyService, present: fc.boolean() }),
  fc.record({ kind: fc.constant("slice" as const), object: anySlice, present: fc.boolean() }),
  fc.record({ kind: fc.constant("node" as const), object: anyNode }),
  fc.constant({ kind: "update" } as const),
);

function perform(api: Api, change: Change): void {
  const { model } = api;
  if (change.kind === "update") model.update();
  else if (change.kind === "node") {
    api.node = change.object;
    model.setNode(change.object);
  } else if (change.kind === "service") {
    const { name } = change.object.metadata;
    if (change.present) {
      api.services.set(name, change.object);
      model.setService(change.object);
    } else {
      api.services.delete(name);
      model.deleteService({ namespace: "default", name });
    }
  } else {
    const { name } = change.object.metadata;
    if (change.present) {
      api.slices.set(name, change.object);
      model.setSlice(change.object);
    } else {
      api.slices.delete(name);
      model.deleteSlice({ namespace: "default", name });
    }
  }
}

describe("ForwardingModel", () => {
  test("after any changes it says what a build from nothing says", () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 30 }), (changes) => {
        const api = new Api();
        for (const change of changes) perform(api, change);
        const { diff: _diff, ...update } = api.model.update();
        assert.deepEqual(
          plainUpdate(update),
          plainUpdate(
            buildForwardingTable({
              node: api.node,
              services: api.services.values(),
              endpointSlices: api.slices.values(),
            }),
          ),
        );
      }),
    );
  });

  test("its diff is the difference of its tables", () => {
    fc.assert(
      fc.property(
        fc.array(anyChange, { maxLength: 10 }),
        fc.array(anyChange, { maxLength: 10 }),
        (before, after) => {
          const api = new Api();
          for (const change of before) perform(api, change);
          const { table: previous } = api.model.update();
          for (const change of after.filter(({ kind }) => kind !== "update")) perform(api, change);
          const update = api.model.update();
          assert.deepEqual(update.diff, diff(previous, update.table));
        },
      ),
    );
  });

  test("frontends that a change does not concern are the same objects as before", () => {
    const model = new ForwardingModel(nodeView("node-a"));
    model.setService(makeService("one"));
    const other = {
      spec: {
        clusterIPs: ["172.30.0.2"],
        ports: [{ port: 80, targetPort: 80, nodePort: 30081, protocol: "TCP" as const }],
      },
    };
    model.setService(makeService("two", other));
    const before = model.update().table;
    for (const slice of makeSlices(["a1"], { service: "two" })) model.setSlice(slice);
    const { table, diff: changes } = model.update();
    assert.deepEqual(
      changes.changed.map(({ next }) => next.key),
      ["ClusterIP/IPv4/TCP/172.30.0.2:80", "NodePort/IPv4/TCP/*:30081"],
    );
    const key = "NodePort/IPv4/TCP/*:30080";
    assert.equal(table.frontends.get(key), before.frontends.get(key));
  });

  test("a Service that is written without a change of meaning changes nothing", () => {
    const model = new ForwardingModel(nodeView("node-a"));
    model.setService(makeService());
    const before = model.update().table;
    model.setService(makeService("demo-service", { labels: { team: "web" } }));
    const { table, diff: changes } = model.update();
    assert.ok(isEmptyDiff(changes));
    const key = "NodePort/IPv4/TCP/*:30080";
    assert.equal(table.frontends.get(key), before.frontends.get(key));
  });

  test("a slice whose label passes to another Service serves that one", () => {
    const model = new ForwardingModel(nodeView("node-a"));
    model.setService(makeService("one"));
    for (const slice of makeSlices(["a1"], { service: "one" })) model.setSlice(slice);
    assert.equal(model.update().table.frontends.get("NodePort/IPv4/TCP/*:30080")?.external.kind, "forward");
    for (const slice of makeSlices(["a1"], { service: "one" })) {
      const labels = { "kubernetes.io/service-name": "two" };
      model.setSlice({ ...slice, metadata: { ...slice.metadata, labels } });
    }
    assert.equal(model.update().table.frontends.get("NodePort/IPv4/TCP/*:30080")?.external.kind, "reject");
  });
});

describe("two Services that want one place", () => {
  const [older, newer] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"] as const;
  const key = "NodePort/IPv4/TCP/*:30080";

  test("the older one has it, the newer one's user is told, and it follows when the older one goes", () => {
    const model = new ForwardingModel(nodeView("node-a"));
    model.setService(makeService("newer", { createdAt: newer, spec: { clusterIPs: ["172.30.0.2"] } }));
    model.setService(makeService("older", { createdAt: older, spec: { clusterIPs: ["172.30.0.3"] } }));
    const first = model.update();
    assert.equal(first.table.frontends.get(key)?.service.name, "older");
    assert.match(
      first.problems.get("default/newer")?.[0]?.message ?? "",
      /"default\/newer" cannot have NodePort.*belongs to Service "default\/older"/,
    );
    model.deleteService({ namespace: "default", name: "older" });
    const second = model.update();
    assert.equal(second.table.frontends.get(key)?.service.name, "newer");
    assert.equal(second.problems.size, 0);
  });

  test("nobody's external address takes over a cluster address, however old it is", () => {
    const thief = {
      createdAt: older,
      spec: { type: "ClusterIP", clusterIPs: ["172.30.0.2"], externalIPs: ["172.30.0.1"] },
    } as const;
    const { table, problems } = buildForwardingTable({
      node: nodeView("node-a"),
      services: [makeService("thief", thief), makeService("owner", { createdAt: newer })],
      endpointSlices: [],
    });
    assert.ok(!table.frontends.has("ExternalIP/IPv4/TCP/172.30.0.1:80"));
    assert.equal(table.frontends.get("ClusterIP/IPv4/TCP/172.30.0.1:80")?.service.name, "owner");
    assert.equal(problems.get("default/thief")?.[0]?.code, "address-taken");
  });
});
