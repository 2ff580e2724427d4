import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node } from "../api/node.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import { createProxyHealth } from "./proxy-health.ts";
import { isEligibleForTraffic } from "./view-of-node.ts";

function node(change: { readonly deleted?: boolean; readonly spec?: Node["spec"] } = {}): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "node-1",
      uid: "1",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      ...(change.deleted && { deletionTimestamp: "2026-01-02T00:00:00Z" }),
    },
    spec: change.spec ?? {},
    status: {},
  };
}

describe("a proxy's health", () => {
  const rows: readonly {
    name: string;
    waitedMs?: number;
    neverSynced?: boolean;
    node?: Node | undefined;
    live: boolean;
    ready: boolean;
  }[] = [
    { name: "an idle proxy is healthy however long nothing happened", live: true, ready: true },
    { name: "a change that waits a little does not matter", waitedMs: 59_000, live: true, ready: true },
    { name: "a change that waits for a minute does", waitedMs: 60_000, live: false, ready: false },
    {
      name: "a proxy that has not forwarded yet is alive, but gets no traffic",
      neverSynced: true,
      live: true,
      ready: false,
    },
    {
      name: "a node that is being deleted gets no new traffic",
      node: node({ deleted: true }),
      live: true,
      ready: false,
    },
    {
      name: "a node that the autoscaler takes away gets no new traffic",
      node: node({ spec: { taints: [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] } }),
      live: true,
      ready: false,
    },
    { name: "a node that is gone gets no new traffic", node: undefined, live: true, ready: false },
    {
      name: "a cordoned node still forwards",
      node: node({
        spec: {
          unschedulable: true,
          taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }],
        },
      }),
      live: true,
      ready: true,
    },
  ];
  for (const row of rows) {
    test(row.name, () => {
      const clock = createManualClock();
      const startMs = clock.now();
      clock.advance(24 * 3_600_000);
      const loop = {
        waitingSince: row.waitedMs === undefined ? undefined : clock.now() - row.waitedMs,
        lastSyncedAt: row.neverSynced ? undefined : startMs,
      };
      const found = "node" in row ? row.node : node();
      const health = createProxyHealth(loop, clock, () => isEligibleForTraffic(found));
      assert.deepEqual([health.isLive(), health.isReady()], [row.live, row.ready]);
    });
  }

  test("says since when it is late", () => {
    const clock = createManualClock(Date.parse("2026-01-01T12:00:00Z"));
    const loop = { waitingSince: clock.now() - 90_000, lastSyncedAt: clock.now() - 100_000 };
    assert.deepEqual(createProxyHealth(loop, clock, () => true).report(), {
      lastUpdated: "2026-01-01T11:58:20.000Z",
      currentTime: "2026-01-01T12:00:00.000Z",
      healthy: false,
      nodeEligible: true,
    });
  });
});
