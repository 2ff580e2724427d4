/** Packet-flow rows: from where to where, and what comes of it; each row runs for both families. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { Service } from "../../api/service.ts";
import { buildForwardingTable } from "../build-forwarding-table.ts";
import { decide } from "../decide.ts";
import type { Decision } from "../decision.ts";
import type { Family, ForwardingTable, Protocol } from "../forwarding-table.ts";
import type { NodeView } from "../node-view.ts";
import { scopeOf } from "../source-scope.ts";
import {
  addressOf,
  type EndpointSketch,
  families,
  makeService,
  makeSlices,
  nodeView,
  type ServiceChange,
} from "./world.ts";

export interface FlowRow {
  readonly name: string;
  readonly service?: ServiceChange | ((family: Family) => ServiceChange);
  readonly endpoints?: readonly (string | EndpointSketch)[];
  /** Where there is more than one Service, or an unusual slice. */
  readonly objects?: (family: Family) => {
    readonly services: readonly Service[];
    readonly slices: readonly EndpointSlice[];
  };
  /** The node that decides; node-a if absent. */
  readonly at?: string;
  readonly node?: Partial<NodeView>;
  /** By name; `client` if absent. */
  readonly from?: string;
  /** By name; the deciding node if absent. */
  readonly to?: string;
  readonly port?: number;
  readonly protocol?: Protocol;
  /** Pods that may answer, by name; `pod-a1:9090` where the port is not 8080. */
  readonly expect: readonly string[] | "reject" | "drop" | "not-ours";
  /** Who the backend sees; checked where it is given. */
  readonly source?: "kept" | "masqueraded";
}

export function packetFlowTests(rows: readonly FlowRow[]): void {
  for (const row of rows) {
    for (const family of families) {
      test(`${row.name} (${family})`, () => {
        const decision = decideRow(row, family);
        assert.deepEqual(outcomeOf(decision, family), row.expect, JSON.stringify(decision.reasons));
        if (row.source) assert.equal(decision.verdict === "forward" && decision.source, row.source);
      });
    }
  }
}

export function decideRow(row: FlowRow, family: Family): Decision {
  const { at = "node-a", from = "client", to = at, port = 30080, protocol = "TCP" } = row;
  const table = tableOf(row, family, at);
  const address = addressOf(family, from);
  return decide(table, {
    from: { address, scope: scopeOf(table, address) },
    to: addressOf(family, to),
    protocol,
    port,
  });
}

function tableOf(row: FlowRow, family: Family, at: string): ForwardingTable {
  const change = typeof row.service === "function" ? row.service(family) : row.service;
  const { services, slices } = row.objects?.(family) ?? {
    services: [makeService("demo-service", change)],
    slices: makeSlices(row.endpoints ?? ["a1", "b1", "c1"]),
  };
  return buildForwardingTable({ node: nodeView(at, row.node), services, endpointSlices: slices }).table;
}

function outcomeOf(decision: Decision, family: Family): FlowRow["expect"] {
  if (decision.verdict !== "forward") return decision.verdict;
  return decision.backends.map(
    ({ address, port }) => `${podAt(family, address)}${port === 8080 ? "" : `:${port}`}`,
  );
}

function podAt(family: Family, address: string): string {
  for (const node of ["a", "b", "c"]) {
    for (const number of [1, 2, 3]) {
      const name = `pod-${node}${number}`;
      if (addressOf(family, name) === address) return name;
    }
  }
  return address;
}
