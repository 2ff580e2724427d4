import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node } from "../../api/node.ts";
import { makeNode, makePod, objectOf } from "../testing/builders.ts";
import { reconcilePodsOfNode } from "./pods-of-node.ts";
import { reconcileNode } from "./reconcile-node.ts";

const nowMs = Date.parse("2026-01-01T00:10:00Z");
const gracePeriodMs = 40_000;

const silent = makeNode("n1", (n) => {
  n.status.conditions = [{ type: "Ready", status: "Unknown" }];
  n.spec.taints = [
    { key: "node.kubernetes.io/unreachable", effect: "NoExecute", timeAdded: "2026-01-01T00:09:00Z" },
  ];
});

describe("reconcileNode", () => {
  test("a node that was heard of within the grace period is left alone until it ends", () => {
    const plan = reconcileNode({ node: makeNode("n1"), lastSeenMs: nowMs - 39_000, nowMs, gracePeriodMs });
    assert.deepEqual(plan, { writes: [], againAfterMs: 1_000 });
  });

  test("a silent node's conditions become Unknown, then it is tainted, then nothing more is written", () => {
    let node = makeNode("n1");
    const texts: string[] = [];
    for (let round = 0; round < 3; round++) {
      const [write] = reconcileNode({ node, lastSeenMs: 0, nowMs, gracePeriodMs }).writes;
      if (!write) break;
      node = write.object as Node;
      texts.push(write.verb === "update" && write.subresource === "status" ? "status" : "taints");
    }
    assert.deepEqual(texts, ["status", "taints"]);
    assert.deepEqual(
      node.status.conditions?.map(({ type, status }) => `${type} ${status}`),
      ["Ready Unknown", "MemoryPressure Unknown", "DiskPressure Unknown", "PIDPressure Unknown"],
    );
    assert.deepEqual(node.spec.taints, [
      { key: "node.kubernetes.io/unreachable", effect: "NoSchedule" },
      { key: "node.kubernetes.io/unreachable", effect: "NoExecute", timeAdded: "2026-01-01T00:10:00Z" },
    ]);
  });

  const rows: [name: string, node: Node, taints: string[]][] = [
    [
      "a node that is back loses its taints, and keeps those of others",
      makeNode("n1", (n) => {
        n.spec.taints = [
          { key: "mine", effect: "NoSchedule" },
          { key: "node.kubernetes.io/unreachable", effect: "NoExecute" },
        ];
      }),
      ["mine"],
    ],
    [
      "a node that says it is not ready has the other taint",
      makeNode("n1", (n) => {
        n.status.conditions = [{ type: "Ready", status: "False" }];
      }),
      ["node.kubernetes.io/not-ready", "node.kubernetes.io/not-ready"],
    ],
    [
      "a cordoned node is tainted",
      makeNode("n1", (n) => {
        n.spec.unschedulable = true;
      }),
      ["node.kubernetes.io/unschedulable"],
    ],
  ];
  for (const [name, node, taints] of rows) {
    test(name, () => {
      const [write] = reconcileNode({ node, lastSeenMs: nowMs, nowMs, gracePeriodMs }).writes;
      assert.deepEqual(
        objectOf<Node>(write).spec.taints?.map(({ key }) => key),
        taints,
      );
    });
  }
});

describe("reconcilePodsOfNode", () => {
  const tolerating = (seconds?: number) =>
    makePod("p", (p) => {
      p.status.conditions = [];
      p.spec.tolerations = [
        {
          operator: "Exists",
          effect: "NoExecute",
          ...(seconds === undefined ? {} : { tolerationSeconds: seconds }),
        },
      ];
    });
  const rows: [
    name: string,
    pod: ReturnType<typeof makePod>,
    evicted: number,
    againAfterMs: number | undefined,
  ][] = [
    ["a pod without a toleration goes at once", makePod("p"), 1, undefined],
    ["a pod stays as long as it tolerates the taint", tolerating(300), 0, 240_000],
    ["a pod whose time is over goes", tolerating(60), 1, undefined],
    ["a pod that tolerates the taint for ever stays", tolerating(), 0, undefined],
  ];
  for (const [name, pod, evicted, againAfterMs] of rows) {
    test(name, () => {
      const plan = reconcilePodsOfNode(silent, [pod], nowMs);
      assert.deepEqual([plan.evicted.length, plan.againAfterMs], [evicted, againAfterMs]);
    });
  }

  test("ready pods of a silent node stop being ready", () => {
    const [write] = reconcilePodsOfNode(silent, [makePod("p")], nowMs).writes;
    assert.equal(objectOf<ReturnType<typeof makePod>>(write).status.conditions?.[0]?.status, "False");
  });
});
