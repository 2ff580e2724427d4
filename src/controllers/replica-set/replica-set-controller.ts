/** Keeps as many pods running as each ReplicaSet says. */

import { selectorMatches } from "../../api/label-selector.ts";
import type { Pod } from "../../api/pod.ts";
import type { ReplicaSet } from "../../api/workload.ts";
import { isNamespaceTerminating, objectKey, pods, replicaSets } from "../../client/index.ts";
import { formatTime } from "../../lib/rfc3339.ts";
import { findCondition, withCondition } from "../conditions.ts";
import type { ControllerContext } from "../controller-context.ts";
import { indexByNamespace } from "../namespace-index.ts";
import { controllerOf } from "../owner-references.ts";
import { slowStart } from "../slow-start.ts";
import { createWorkQueue } from "../work-queue.ts";
import { applyWrites, deleteOf, statusOf, updateOf } from "../writes.ts";
import {
  podFromTemplate,
  type ReplicaSetPlan,
  reconcileReplicaSet,
  statusChanged,
} from "./reconcile-replica-set.ts";

export function startReplicaSetController(context: ControllerContext): void {
  const { caches, clock, signal } = context;
  const podIndex = indexByNamespace(caches.pods);
  const replicaSetIndex = indexByNamespace(caches.replicaSets);
  const doomed = new Set<string>();

  const queue = createWorkQueue({
    ...context,
    name: "replica-set",
    async sync(key) {
      const replicaSet = caches.replicaSets.items().get(key);
      if (!replicaSet) return undefined;
      const namespace = replicaSet.metadata.namespace ?? "";
      const owner = controllerOf(replicaSet)?.uid;
      const plan = reconcileReplicaSet({
        replicaSet,
        pods: podIndex.in(namespace),
        doomed,
        siblings: replicaSetIndex
          .in(namespace)
          .filter((other) => other === replicaSet || (owner && controllerOf(other)?.uid === owner)),
        nowMs: clock.now(),
      });
      await carryOut(context, replicaSet, plan, doomed);
      return plan.againAfterMs;
    },
  });

  const addOwnerOf = (pod: Pod) => {
    const owner = controllerOf(pod);
    if (owner) {
      if (owner.kind === "ReplicaSet") queue.add(`${pod.metadata.namespace}/${owner.name}`);
      return;
    }
    for (const replicaSet of replicaSetIndex.in(pod.metadata.namespace ?? "")) {
      if (selectorMatches(replicaSet.spec.selector, pod.metadata.labels))
        queue.add(objectKey(replicaSet.metadata));
    }
  };
  caches.replicaSets.subscribe(({ added, updated }) => {
    for (const { metadata } of added) queue.add(objectKey(metadata));
    for (const { next } of updated) queue.add(objectKey(next.metadata));
  });
  caches.pods.subscribe(({ added, updated, deleted }) => {
    for (const pod of added) addOwnerOf(pod);
    for (const { previous, next } of updated) {
      if (next.metadata.deletionTimestamp) doomed.delete(next.metadata.uid);
      addOwnerOf(next);
      if (controllerOf(previous)?.uid !== controllerOf(next)?.uid) addOwnerOf(previous);
    }
    for (const pod of deleted) {
      doomed.delete(pod.metadata.uid);
      addOwnerOf(pod);
    }
  });
  signal.addEventListener("abort", () => doomed.clear());
}

/** Rejects after the status is written, if pods could not be created or deleted. */
async function carryOut(
  context: ControllerContext,
  replicaSet: ReplicaSet,
  plan: ReplicaSetPlan,
  doomed: Set<string>,
): Promise<void> {
  const { client, caches, signal } = context;
  await applyWrites(
    client,
    caches,
    plan.updates.map((pod) => updateOf(pods, pod)),
    signal,
  );
  const template = podFromTemplate(replicaSet);
  const creation = await slowStart(plan.createCount, () => createPod(context, replicaSet, template));
  const deletion = await slowStart(plan.deletions.length, async (index) => {
    const pod = plan.deletions[index];
    if (pod) await deletePod(context, replicaSet, pod, doomed);
  });
  const failure = creation.failure ?? deletion.failure;
  const reason = creation.failure ? "FailedCreate" : "FailedDelete";
  const status = withReplicaFailure(plan.status, failure, reason, context.clock.now());
  // What was just created will change the counts at once: one status write then, not two.
  const more =
    failure === undefined && (plan.createCount > 0 || plan.deletions.length > 0 || plan.updates.length > 0);
  if (!more && statusChanged(replicaSet, status)) {
    await applyWrites(client, caches, [statusOf(replicaSets, { ...replicaSet, status })], signal);
  }
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure;
}

async function createPod(
  { client, caches, events, signal }: ControllerContext,
  replicaSet: ReplicaSet,
  template: ReturnType<typeof podFromTemplate>,
): Promise<void> {
  try {
    const pod = await client.create(pods, template, { signal });
    caches.pods.note(pod);
    const message = `Created pod: ${pod.metadata.name}`;
    events.record({ about: replicaSet, type: "Normal", reason: "SuccessfulCreate", message });
  } catch (error) {
    if (!isNamespaceTerminating(error) && !signal.aborted) {
      const message = `Error creating: ${(error as Error).message}`;
      events.record({ about: replicaSet, type: "Warning", reason: "FailedCreate", message });
    }
    throw error;
  }
}

async function deletePod(
  { client, caches, events, signal }: ControllerContext,
  replicaSet: ReplicaSet,
  pod: Pod,
  doomed: Set<string>,
): Promise<void> {
  const { uid, name } = pod.metadata;
  doomed.add(uid);
  try {
    await applyWrites(client, caches, [deleteOf(pods, pod)], signal);
    events.record({
      about: replicaSet,
      type: "Normal",
      reason: "SuccessfulDelete",
      message: `Deleted pod: ${name}`,
    });
  } catch (error) {
    doomed.delete(uid);
    throw error;
  }
}

function withReplicaFailure(
  status: ReplicaSet["status"],
  failure: unknown,
  reason: string,
  nowMs: number,
): ReplicaSet["status"] {
  const present = findCondition(status.conditions, "ReplicaFailure");
  if (failure === undefined) {
    if (!present) return status;
    const conditions = (status.conditions ?? []).filter(({ type }) => type !== "ReplicaFailure");
    return { ...status, conditions };
  }
  const message = failure instanceof Error ? failure.message : String(failure);
  if (present?.reason === reason && present.message === message) return status;
  const condition = {
    type: "ReplicaFailure",
    status: "True",
    reason,
    message,
    lastTransitionTime: formatTime(nowMs),
  } as const;
  return { ...status, conditions: withCondition(status.conditions, condition) };
}
