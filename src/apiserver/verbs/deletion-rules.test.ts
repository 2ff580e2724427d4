import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../api/meta.ts";
import type { DeleteOptions } from "../request/delete-options.ts";
import { isFinished, planDeletion } from "./deletion-rules.ts";

const nowMs = Date.parse("2026-01-02T03:04:05Z");
const service = { group: "", kind: "Service" };
const pod = { group: "", kind: "Pod" };
const namespace = { group: "", kind: "Namespace" };

function object(metadata: object, rest: object = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "a", ...metadata },
    ...rest,
  } as unknown as KubeObject;
}

const scheduled = { spec: { nodeName: "n1", terminationGracePeriodSeconds: 30 } };
const deleting = { deletionTimestamp: "2026-01-02T03:04:35Z", deletionGracePeriodSeconds: 30 };

const rows: readonly {
  readonly name: string;
  readonly kind: { readonly group: string; readonly kind: string };
  readonly object: KubeObject;
  readonly options?: Partial<DeleteOptions>;
  readonly step: string;
  readonly metadata?: object;
}[] = [
  { name: "nothing holds it", kind: service, object: object({}), step: "remove" },
  {
    name: "a finalizer holds it",
    kind: service,
    object: object({ finalizers: ["x/y"] }),
    step: "mark",
    metadata: {
      deletionTimestamp: "2026-01-02T03:04:05Z",
      deletionGracePeriodSeconds: 0,
      finalizers: ["x/y"],
    },
  },
  {
    name: "foreground deletion waits for dependents",
    kind: service,
    object: object({ generation: 3 }),
    options: { propagationPolicy: "Foreground" },
    step: "mark",
    metadata: { generation: 4, finalizers: ["foregroundDeletion"] },
  },
  {
    name: "background deletion takes the collector's finalizers away",
    kind: service,
    object: object({ finalizers: ["orphan"] }),
    options: { propagationPolicy: "Background" },
    step: "remove",
  },
  { name: "an unscheduled pod", kind: pod, object: object({}, { spec: {} }), step: "mark-and-remove" },
  {
    name: "a scheduled pod waits for its node",
    kind: pod,
    object: object({ generation: 1 }, scheduled),
    step: "mark",
    metadata: { ...deleting, generation: 2 },
  },
  {
    name: "a pod that has ended does not",
    kind: pod,
    object: object({}, { ...scheduled, status: { phase: "Failed" } }),
    step: "mark-and-remove",
  },
  { name: "again with the same grace", kind: pod, object: object(deleting, scheduled), step: "wait" },
  {
    name: "again with less grace",
    kind: pod,
    object: object(deleting, scheduled),
    options: { gracePeriodSeconds: 5 },
    step: "mark",
    metadata: { deletionTimestamp: "2026-01-02T03:04:10Z", deletionGracePeriodSeconds: 5 },
  },
  {
    name: "the node says that it is gone",
    kind: pod,
    object: object(deleting, scheduled),
    options: { gracePeriodSeconds: 0 },
    step: "mark-and-remove",
    metadata: { deletionTimestamp: "2026-01-02T03:04:05Z", deletionGracePeriodSeconds: 0 },
  },
  {
    name: "a namespace terminates",
    kind: namespace,
    object: object({}, { spec: { finalizers: ["kubernetes"] } }),
    step: "mark",
    metadata: { deletionTimestamp: "2026-01-02T03:04:05Z" },
  },
  {
    name: "a terminating namespace that is not empty yet",
    kind: namespace,
    object: object(deleting, { spec: { finalizers: ["kubernetes"] } }),
    step: "wait",
  },
  {
    name: "a terminating namespace that is empty",
    kind: namespace,
    object: object(deleting, { spec: {} }),
    step: "remove",
  },
];

test("planDeletion removes, marks or waits as kube-apiserver does", () => {
  for (const { name, kind, object: current, options, step, metadata } of rows) {
    const plan = planDeletion(kind, current, { dryRun: false, ...options }, nowMs);
    assert.equal(plan.step, step, name);
    if (!metadata) continue;
    assert.ok("object" in plan, name);
    assert.partialDeepStrictEqual(plan.object.metadata, metadata, name);
  }
});

test("an update that takes the last finalizer away finishes a deletion", () => {
  const old = object({
    deletionTimestamp: "2026-01-02T03:04:05Z",
    deletionGracePeriodSeconds: 0,
    finalizers: ["x/y"],
  });
  assert.equal(isFinished(service, object({}), old), true);
  assert.equal(isFinished(service, old, old), false);
  assert.equal(isFinished(service, object({}), object({})), false);
  const terminating = object(deleting);
  assert.equal(isFinished(namespace, object({}, { spec: { finalizers: [] } }), terminating), true);
  assert.equal(
    isFinished(namespace, object({}, { spec: { finalizers: ["kubernetes"] } }), terminating),
    false,
  );
});
