import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Pod } from "../../api/pod.ts";
import { type Mutable, makePod, makeReplicaSet } from "../testing/builders.ts";
import { choosePodsToDelete } from "./pods-to-delete.ts";
import { reconcileReplicaSet } from "./reconcile-replica-set.ts";

const nowMs = Date.parse("2026-01-01T00:10:00Z");
const owned = (pod: Mutable<Pod>) => {
  pod.metadata.ownerReferences = [
    { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "uid-web", controller: true },
  ];
};
const leaving = (pod: Mutable<Pod>) => {
  pod.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
};

function plan(replicas: number, pods: Pod[], doomed: string[] = []) {
  const replicaSet = makeReplicaSet("web", replicas);
  return reconcileReplicaSet({ replicaSet, pods, doomed: new Set(doomed), siblings: [replicaSet], nowMs });
}

describe("reconcileReplicaSet", () => {
  const rows: {
    name: string;
    replicas: number;
    pods: Pod[];
    doomed?: string[];
    create?: number;
    remove?: number;
    update?: number;
  }[] = [
    { name: "no pods yet", replicas: 3, pods: [], create: 3 },
    { name: "as many as wanted", replicas: 1, pods: [makePod("a", owned)] },
    { name: "one too many", replicas: 1, pods: [makePod("a", owned), makePod("b", owned)], remove: 1 },
    {
      name: "a pod on its way out is replaced",
      replicas: 1,
      pods: [makePod("a", owned, leaving)],
      create: 1,
    },
    {
      name: "a pod that has failed is replaced",
      replicas: 1,
      pods: [
        makePod("a", owned, (p) => {
          p.status.phase = "Failed";
        }),
      ],
      create: 1,
    },
    {
      name: "a pod whose deletion is under way is not deleted twice",
      replicas: 1,
      pods: [makePod("a", owned), makePod("b", owned)],
      doomed: ["uid-a"],
    },
    { name: "an orphan is adopted instead of a new pod", replicas: 1, pods: [makePod("a")], update: 1 },
    {
      name: "a pod that does not match any more is let go and replaced",
      replicas: 1,
      pods: [
        makePod("a", owned, (p) => {
          p.metadata.labels = { app: "debug" };
        }),
      ],
      create: 1,
      update: 1,
    },
    {
      name: "a pod of another ReplicaSet is left alone",
      replicas: 0,
      pods: [
        makePod("a", owned, (p) => {
          p.metadata.ownerReferences = [
            { apiVersion: "apps/v1", kind: "ReplicaSet", name: "other", uid: "other", controller: true },
          ];
        }),
      ],
    },
  ];
  for (const { name, replicas, pods, doomed, create = 0, remove = 0, update = 0 } of rows) {
    test(name, () => {
      const { createCount, deletions, updates } = plan(replicas, pods, doomed);
      assert.deepEqual(
        { create: createCount, remove: deletions.length, update: updates.length },
        { create, remove, update },
      );
    });
  }

  test("a ready pod is available after minReadySeconds", () => {
    const replicaSet = makeReplicaSet("web", 1, undefined, (r) => {
      r.spec.minReadySeconds = 30;
    });
    const pod = makePod("a", owned, (p) => {
      p.status.conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:09:40Z" }];
    });
    const { status, againAfterMs } = reconcileReplicaSet({
      replicaSet,
      pods: [pod],
      doomed: new Set(),
      siblings: [],
      nowMs,
    });
    assert.deepEqual([status.readyReplicas, status.availableReplicas, againAfterMs], [1, 0, 10_000]);
  });
});

test("pods that do the least go first", () => {
  const unready = (p: Mutable<Pod>) => {
    p.status.conditions = [];
  };
  const pods = [
    makePod("old"),
    makePod("new", (p) => {
      p.metadata.creationTimestamp = "2026-01-01T00:05:00Z";
    }),
    makePod("alone", (p) => {
      p.spec.nodeName = "node-2";
    }),
    makePod("cheap", (p) => {
      p.metadata.annotations = { "controller.kubernetes.io/pod-deletion-cost": "-5" };
    }),
    makePod("unready", unready),
    makePod("pending", unready, (p) => {
      p.status.phase = "Pending";
    }),
    makePod("unassigned", unready, (p) => {
      p.spec.nodeName = "";
      p.status.phase = "Pending";
    }),
  ];
  const order = choosePodsToDelete(pods, pods.length - 1, pods).map(({ metadata }) => metadata.name);
  assert.deepEqual(order, ["unassigned", "pending", "unready", "cheap", "new", "old"]);
});
