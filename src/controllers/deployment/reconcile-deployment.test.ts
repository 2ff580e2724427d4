import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Deployment, ReplicaSet } from "../../api/workload.ts";
import { makeDeployment, makePod, makeReplicaSet, objectOf } from "../testing/builders.ts";
import { reconcileDeployment } from "./reconcile-deployment.ts";
import { limitsOf, newReplicaCount, scaleDownOld } from "./rolling-update.ts";
import { templateHash } from "./template-hash.ts";

const nowMs = Date.parse("2026-01-01T00:10:00Z");

describe("limitsOf", () => {
  const rows: [
    replicas: number,
    surge: number | string,
    unavailable: number | string,
    expected: [number, number],
  ][] = [
    [10, "25%", "25%", [3, 2]],
    [1, "25%", "25%", [1, 0]],
    [4, 0, 0, [0, 1]],
    [3, "0%", "10%", [0, 1]],
    [2, 5, 5, [5, 2]],
  ];
  for (const [replicas, maxSurge, maxUnavailable, expected] of rows) {
    test(`${replicas} replicas, surge ${maxSurge}, unavailable ${maxUnavailable}: ${expected}`, () => {
      const deployment = makeDeployment("d", (d) => {
        d.spec.replicas = replicas;
        d.spec.strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } };
      });
      const limits = limitsOf(deployment);
      assert.deepEqual([limits.maxSurge, limits.maxUnavailable], expected);
    });
  }
});

test("a rollout ends with the new ReplicaSet alone, and never has too many pods or too few that are available", () => {
  for (const replicas of [1, 3, 10]) {
    for (const [maxSurge, maxUnavailable] of [
      [1, 0],
      [0, 1],
      [3, 2],
    ] as const) {
      const limits = { replicas, maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
      let [old, fresh] = [replicas, 0];
      for (let round = 0; round < 50 && (old > 0 || fresh < replicas); round++) {
        const sets = [makeReplicaSet("old", old), makeReplicaSet("new", fresh)] as const;
        const wanted = newReplicaCount(limits, sets, fresh);
        if (wanted !== fresh) fresh = wanted;
        else old = scaleDownOld(limits, [sets[0]], sets[1])[0]?.replicas ?? old;
        assert.ok(old + fresh <= replicas + maxSurge, `${old} + ${fresh} pods`);
        assert.ok(old + fresh >= replicas - limits.maxUnavailable, `${old} + ${fresh} pods`);
      }
      assert.deepEqual([old, fresh], [0, replicas], `surge ${maxSurge}, unavailable ${maxUnavailable}`);
    }
  }
});

test("old pods that are not available go before those that are", () => {
  const broken = makeReplicaSet("a-broken", 2, undefined, (r) => {
    r.status.availableReplicas = 0;
  });
  const limits = { replicas: 4, maxSurge: 1, maxUnavailable: 1 };
  const scaled = scaleDownOld(limits, [makeReplicaSet("b-good", 2), broken], makeReplicaSet("new", 1));
  assert.deepEqual(
    scaled.map(({ replicaSet, replicas }) => [replicaSet.metadata.name, replicas]),
    [["a-broken", 0]],
  );
});

describe("reconcileDeployment", () => {
  const plan = (deployment: Deployment, replicaSets: ReplicaSet[] = [], pods = [makePod("p")]) =>
    reconcileDeployment({ deployment, replicaSets, pods, nowMs });
  const textOf = (deployment: Deployment, replicaSets: ReplicaSet[]) =>
    plan(deployment, replicaSets).writes.map(({ verb, object }) => {
      const replicas = (object as ReplicaSet).spec?.replicas;
      return `${verb} ${object.kind} ${object.metadata?.name} ${replicas}`;
    });
  /** A ReplicaSet of the Deployment's own template, as this controller writes it. */
  const own = (deployment: Deployment, replicas: number, revision = "1") =>
    makeReplicaSet("current", replicas, deployment, (r) => {
      Object.assign(r.spec, { template: structuredClone(deployment.spec.template) });
      r.metadata.annotations = {
        "deployment.kubernetes.io/revision": revision,
        "deployment.kubernetes.io/desired-replicas": String(deployment.spec.replicas),
        "deployment.kubernetes.io/max-replicas": "4",
      };
    });
  const revised = (revision: string) =>
    makeDeployment("demo", (d) => {
      d.metadata.annotations = { "deployment.kubernetes.io/revision": revision };
    });

  test("a new Deployment needs a ReplicaSet that has the template's hash in name, selector and labels", () => {
    const deployment = makeDeployment("demo");
    const { create } = plan(deployment);
    const hash = templateHash(deployment.spec.template);
    assert.equal(create?.metadata?.name, `demo-${hash}`);
    assert.equal(create?.spec?.selector?.matchLabels?.["pod-template-hash"], hash);
    assert.equal(create?.spec?.template?.metadata?.labels?.["pod-template-hash"], hash);
    assert.equal(create?.spec?.replicas, 3);
  });

  test("a hash depends on the template's values, not on the order of its fields", () => {
    const { template } = makeDeployment("demo").spec;
    const reordered = { spec: template.spec, metadata: { labels: { app: "demo" } } };
    assert.equal(templateHash(reordered), templateHash(template));
    assert.notEqual(templateHash(template, 1), templateHash(template));
  });

  test("scaling changes the ReplicaSet and what it notes of the Deployment's size", () => {
    const deployment = makeDeployment("demo", (d) => {
      d.spec.replicas = 5;
      d.metadata.annotations = { "deployment.kubernetes.io/revision": "1" };
    });
    const present = own(revised("1"), 3);
    const [write] = plan(deployment, [present]).writes;
    assert.equal(objectOf<ReplicaSet>(write).spec.replicas, 5);
    assert.equal(write?.object.metadata?.annotations?.["deployment.kubernetes.io/desired-replicas"], "5");
  });

  test("a paused Deployment makes no ReplicaSet for a new template", () => {
    const deployment = makeDeployment("demo", (d) => {
      d.spec.paused = true;
    });
    const { create, scaled } = plan(deployment, [makeReplicaSet("old", 3, deployment)]);
    assert.equal(create, undefined);
    assert.deepEqual(scaled, []);
  });

  test("Recreate shrinks the old ReplicaSet and waits for its last pod", () => {
    const deployment = makeDeployment("demo", (d) => {
      d.spec.strategy = { type: "Recreate" };
    });
    assert.deepEqual(textOf(deployment, [makeReplicaSet("old", 3, deployment)]).slice(0, 1), [
      "update ReplicaSet old 0",
    ]);
    const old = makeReplicaSet("old", 0, deployment);
    const left = makePod("p", (p) => {
      p.metadata.ownerReferences = [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: "old", uid: "uid-old", controller: true },
      ];
      p.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
    });
    assert.equal(plan(deployment, [old], [left]).create, undefined);
    assert.equal(plan(deployment, [old], []).create?.spec?.replicas, 3);
  });

  test("old ReplicaSets beyond the history limit are deleted, the oldest revisions first", () => {
    const deployment = makeDeployment("demo", (d) => {
      d.spec.revisionHistoryLimit = 1;
      d.metadata.annotations = { "deployment.kubernetes.io/revision": "4" };
    });
    const old = ["2", "1", "3"].map((revision) =>
      makeReplicaSet(`old-${revision}`, 0, deployment, (r) => {
        r.metadata.annotations = { "deployment.kubernetes.io/revision": revision };
      }),
    );
    const deleted = textOf(deployment, [...old, own(deployment, 3, "4")]).filter((text) =>
      text.startsWith("delete"),
    );
    assert.deepEqual(deleted, ["delete ReplicaSet old-1 0", "delete ReplicaSet old-2 0"]);
  });

  test("a rollout that stands still beyond its deadline has failed to progress", () => {
    const deployment = makeDeployment("demo", (d) => {
      d.metadata.annotations = { "deployment.kubernetes.io/revision": "1" };
      d.spec.progressDeadlineSeconds = 60;
      d.status = {
        conditions: [
          {
            type: "Progressing",
            status: "True",
            reason: "ReplicaSetUpdated",
            message: 'ReplicaSet "current" is progressing.',
            lastUpdateTime: "2026-01-01T00:08:00Z",
          },
        ],
        replicas: 3,
        updatedReplicas: 3,
      };
    });
    const stuck = own(deployment, 3);
    const unavailable = { ...stuck, status: { replicas: 3 } };
    const [write] = plan(deployment, [unavailable]).writes;
    const conditions = objectOf<Deployment>(write).status.conditions;
    const progressing = conditions?.find(({ type }) => type === "Progressing");
    assert.deepEqual([progressing?.status, progressing?.reason], ["False", "ProgressDeadlineExceeded"]);
  });

  test("ReplicaSets that nobody controls are adopted", () => {
    const deployment = makeDeployment("demo");
    const [write] = plan(deployment, [makeReplicaSet("orphan", 1)]).writes;
    assert.equal(write?.object.metadata?.ownerReferences?.[0]?.uid, "uid-demo");
  });
});
