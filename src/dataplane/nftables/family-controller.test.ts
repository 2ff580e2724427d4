import assert from "node:assert/strict";
import { test } from "node:test";
import { buildForwardingTable } from "../../forwarding/build-forwarding-table.ts";
import { FamilyController } from "./family-controller.ts";
import { maps, sets } from "./names.ts";
import type { Row } from "./row.ts";
import type { FamilyTable, TableChange } from "./table-contents.ts";

/** What a table of this program holds, and the transactions that are made on it. */
function tableWith(rows: readonly Row[]): { table: FamilyTable; commits: (readonly TableChange[])[] } {
  const commits: (readonly TableChange[])[] = [];
  const table: FamilyTable = {
    read: async () => ({ intact: true, blocks: new Map(), parts: [] }),
    readRows: async (set) => rows.filter((row) => row.set === set),
    commit: async (changes) => void commits.push(changes),
  };
  return { table, commits };
}

const node = { name: "node-1", labels: {}, addresses: [], nodePortAddresses: [], podCIDRs: [] };
const nothing = buildForwardingTable({ node, services: [], endpointSlices: [] }).table;

test("what a previous process left goes in two transactions: what leads in, then what it led to", async () => {
  const { table, commits } = tableWith([
    { set: maps.backends, key: "id and slot", data: "endpoint" },
    { set: maps.frontends, key: "address and port", data: "\0\0\u0010\0" },
  ]);
  await new FamilyController("IPv4", table).apply(nothing, () => [], []);
  assert.deepEqual(
    commits.map((changes) => changes.map((change) => [change.kind, "row" in change && change.row.set])),
    [[["delete", maps.frontends]], [["delete", maps.backends]]],
  );
});

test("where the table holds what it must, nothing is sent", async () => {
  const row = { set: sets.nodePortAddresses, key: "\n\0\0\u0001" };
  const { table, commits } = tableWith([row]);
  await new FamilyController("IPv4", table).apply(nothing, () => [], [row]);
  assert.deepEqual(commits, []);
});
