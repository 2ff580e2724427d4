import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildForwardingTable } from "../../forwarding/build-forwarding-table.ts";
import type { Family, ForwardingTable, Frontend } from "../../forwarding/forwarding-table.ts";
import { diff } from "../../forwarding/table-diff.ts";
import { anyObjects } from "../../forwarding/testing/arbitraries.ts";
import type { FrontendChange } from "../frontend-changes.ts";
import { createFamilyPlan } from "./family-plan.ts";
import { addressPortData, type Row, rowId } from "./row.ts";
import { nowhere, RowDelta } from "./row-delta.ts";
import { CLUSTER_ADDRESS, KEEP_SOURCE, RESTRICTED } from "./target-id.ts";
import { follow, type Outcome } from "./testing/read-rows.ts";
import { RowStore } from "./testing/row-store.ts";

const families: readonly Family[] = ["IPv4", "IPv6"];

test("FamilyPlan's rows lead every frontend where the table says, through any sequence of tables", () => {
  fc.assert(
    fc.property(fc.array(anyObjects, { minLength: 1, maxLength: 6 }), (worlds) => {
      const tables = worlds.map((world) => buildForwardingTable(world).table);
      for (const family of families) {
        const plan = createFamilyPlan(family);
        const store = new RowStore();
        let previous: ForwardingTable | undefined;
        for (const table of tables) {
          const delta = new RowDelta();
          plan.change(changesBetween(previous, table), delta);
          store.apply(delta.changes());
          previous = table;
          assert.deepEqual(sortedIds(store.rows()), sortedIds([...plan.rows()]));
          for (const frontend of table.frontends.values()) {
            if (frontend.family !== family) continue;
            for (const scope of ["external", "internal"] as const) {
              assert.deepEqual(
                follow(store, plan.ids.blocks(), frontend, scope),
                expected(frontend, scope),
                `${frontend.key} ${scope}`,
              );
            }
          }
        }
        plan.change(changesBetween(previous, undefined), nowhere);
        assert.deepEqual([...plan.rows()], []);
      }
    }),
  );
});

function changesBetween(
  previous: ForwardingTable | undefined,
  next: ForwardingTable | undefined,
): readonly FrontendChange[] {
  const empty: ForwardingTable = {
    node: "",
    nodePortAddresses: [],
    nodeAddresses: [],
    podCIDRs: [],
    frontends: new Map(),
  };
  const { added, removed, changed } = diff(previous ?? empty, next ?? empty);
  return [
    ...added.map((frontend) => ({ next: frontend })),
    ...removed.map((frontend) => ({ previous: frontend })),
    ...changed,
  ];
}

function expected(frontend: Frontend, scope: "external" | "internal"): Outcome {
  const target = frontend[scope];
  if (target.kind === "reject") return { kind: "refuse" };
  if (target.kind === "drop") return { kind: "silence" };
  const isClusterIp = frontend.kind === "ClusterIP";
  const flags =
    (isClusterIp ? CLUSTER_ADDRESS : 0) +
    (!isClusterIp && !frontend.masquerade ? KEEP_SOURCE : 0) +
    (frontend.sourceRanges ? RESTRICTED : 0);
  const endpoints = target.backends.map(({ address, port }) =>
    Buffer.from(addressPortData(address, port), "latin1").toString("hex"),
  );
  return { kind: "endpoints", flags, endpoints: endpoints.sort() };
}

function sortedIds(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => `${row.set} ${rowId(row)} ${row.data}`).sort();
}
