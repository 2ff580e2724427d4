import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { buildForwardingTable } from "./build-forwarding-table.ts";
import { isSameFrontend } from "./compare-frontends.ts";
import type { ForwardingTable, Frontend } from "./forwarding-table.ts";
import { slotOf } from "./frontend-claims.ts";
import { publishSteps } from "./publish-steps.ts";
import { backendsOf, diff, isEmptyDiff } from "./table-diff.ts";
import { anyObjects } from "./testing/arbitraries.ts";
import { makeService, makeSlices, nodeView, type ServiceChange } from "./testing/world.ts";

const anyTable = anyObjects.map((input) => buildForwardingTable(input).table);

function tableWith(endpoints: readonly string[], change: ServiceChange = {}): ForwardingTable {
  const single = { ...change, spec: { clusterIPs: ["172.30.0.1"], ...change.spec } };
  return buildForwardingTable({
    node: nodeView("node-a"),
    services: [makeService("demo-service", single)],
    endpointSlices: makeSlices(endpoints),
  }).table;
}

describe("diff", () => {
  test("applied to the previous table it gives the next one", () => {
    fc.assert(
      fc.property(anyTable, anyTable, (previous, next) => {
        const { added, removed, changed } = diff(previous, next);
        const frontends = new Map(previous.frontends);
        for (const { key } of removed) assert.ok(frontends.delete(key), key);
        for (const change of changed) assert.ok(frontends.delete(change.previous.key), change.previous.key);
        for (const frontend of [...added, ...changed.map((change) => change.next)]) {
          assert.ok(!frontends.has(frontend.key), frontend.key);
          frontends.set(frontend.key, frontend);
        }
        assert.deepEqual([...frontends.keys()].sort(), [...next.frontends.keys()]);
        for (const [key, frontend] of frontends) {
          assert.ok(isSameFrontend(frontend, next.frontends.get(key) as Frontend), key);
        }
      }),
    );
  });

  test("of a table and itself, or its like, is empty", () => {
    fc.assert(
      fc.property(anyObjects, (input) => {
        const [one, other] = [buildForwardingTable(input).table, buildForwardingTable(input).table];
        assert.ok(isEmptyDiff(diff(one, one)));
        assert.ok(isEmptyDiff(diff(one, other)));
      }),
    );
  });

  test("names the backends that came and went", () => {
    const { changed, added, removed } = diff(tableWith(["a1", "b1"]), tableWith(["b1", "c1"]));
    assert.deepEqual([added, removed], [[], []]);
    assert.deepEqual(
      changed.map(({ next, addedBackends, removedBackends }) => [
        next.key,
        addedBackends.map(({ key }) => key),
        removedBackends.map(({ key }) => key),
      ]),
      [
        ["ClusterIP/IPv4/TCP/172.30.0.1:80", ["10.180.3.1:8080"], ["10.180.1.1:8080"]],
        ["NodePort/IPv4/TCP/*:30080", ["10.180.3.1:8080"], ["10.180.1.1:8080"]],
      ],
    );
  });

  test("a place that passes from one kind to another is changed, not removed and added", () => {
    const spec = { type: "LoadBalancer", externalIPs: ["198.51.100.1"] } as const;
    const status = { loadBalancer: { ingress: [{ ip: "198.51.100.1" }] } };
    const { added, removed, changed } = diff(
      tableWith(["a1"], { spec }),
      tableWith(["a1"], { spec, status }),
    );
    assert.deepEqual([added, removed], [[], []]);
    assert.deepEqual(
      changed.map(({ previous, next }) => [previous.kind, next.kind]),
      [["ExternalIP", "LoadBalancerIP"]],
    );
  });

  test("tells of node-port addresses", () => {
    const table = tableWith(["a1"]);
    const { nodePortAddresses } = diff(table, {
      ...table,
      nodePortAddresses: ["192.168.0.1", "192.168.0.9"],
    });
    assert.deepEqual(nodePortAddresses, { added: ["192.168.0.9"], removed: ["fd00:192::1"] });
  });
});

describe("publishSteps", () => {
  test("at no step does a frontend lead to a backend that is not there, and the end is the next table", () => {
    fc.assert(
      fc.property(anyTable, anyTable, (previous, next) => {
        const frontends = new Map([...previous.frontends.values()].map((one) => [slotOf(one), one]));
        const rows = new Set([...previous.frontends.values()].flatMap(rowsOf));
        for (const step of publishSteps(diff(previous, next))) {
          const slot = (key: string) => key.slice(key.indexOf("/") + 1);
          if (step.kind === "add-backends")
            for (const { key } of step.backends) rows.add(`${slot(step.frontend)} ${key}`);
          else if (step.kind === "remove-backends") {
            for (const { key } of step.backends) rows.delete(`${slot(step.frontend)} ${key}`);
          } else if (step.kind === "put-frontend") frontends.set(slotOf(step.frontend), step.frontend);
          else frontends.delete(slotOf(step.frontend));
          for (const row of [...frontends.values()].flatMap(rowsOf)) assert.ok(rows.has(row), row);
        }
        const wanted = [...next.frontends.values()];
        assert.deepEqual([...frontends.keys()].sort(), wanted.map(slotOf).sort());
        assert.deepEqual([...rows].sort(), wanted.flatMap(rowsOf).sort());
      }),
    );
  });

  test("a new frontend comes after its backends, an old one goes before them", () => {
    const [empty, full] = [{ ...tableWith([]), frontends: new Map() }, tableWith(["a1"])];
    const kinds = (previous: ForwardingTable, next: ForwardingTable) =>
      publishSteps(diff(previous, next)).map(({ kind }) => kind);
    assert.deepEqual(kinds(empty, full), ["add-backends", "add-backends", "put-frontend", "put-frontend"]);
    assert.deepEqual(kinds(full, empty), [
      "remove-frontend",
      "remove-frontend",
      "remove-backends",
      "remove-backends",
    ]);
  });
});

/** A row for each pair of place and backend, as a kernel's map would hold it. */
function rowsOf(frontend: Frontend): readonly string[] {
  return backendsOf(frontend).map(({ key }) => `${slotOf(frontend)} ${key}`);
}
