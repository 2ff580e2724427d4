/** What a ReplicaSet needs so that as many pods run as it says. */

import { labelsInclude, selectorMatches } from "../../api/label-selector.ts";
import type { Pod } from "../../api/pod.ts";
import type { ReplicaSet } from "../../api/workload.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { isPodActive, isPodFinished, isPodReady, podReadySinceMs } from "../conditions.ts";
import {
  controllerOf,
  controllerReference,
  isControlledBy,
  withOwner,
  withoutOwner,
} from "../owner-references.ts";
import { choosePodsToDelete } from "./pods-to-delete.ts";

export interface ReplicaSetState {
  readonly replicaSet: ReplicaSet;
  /** The pods of its namespace. */
  readonly pods: readonly Pod[];
  /** Uids of pods whose deletion was asked for already, of which the API does not tell yet. */
  readonly doomed: ReadonlySet<string>;
  /** All ReplicaSets of the namespace with the same owner, itself too. */
  readonly siblings: readonly ReplicaSet[];
  readonly nowMs: number;
}

export interface ReplicaSetPlan {
  /** Pods to take in or to let go: their ownerReferences are changed. */
  readonly updates: readonly Pod[];
  readonly createCount: number;
  readonly deletions: readonly Pod[];
  /** Without what failed creates and deletes will add to it. */
  readonly status: ReplicaSet["status"];
  /** When a ready pod becomes available. */
  readonly againAfterMs: number | undefined;
}

/** As client-go's expectations allow at most. */
const maxBurst = 500;

export function reconcileReplicaSet(state: ReplicaSetState): ReplicaSetPlan {
  const { replicaSet, nowMs, doomed } = state;
  const { adopted, released, owned } = claimPods(state);
  const active = owned.filter((pod) => isPodActive(pod) && !doomed.has(pod.metadata.uid));
  const missing = (replicaSet.spec.replicas ?? 1) - active.length;
  const leaving = replicaSet.metadata.deletionTimestamp !== undefined;
  const siblingUids = new Set(state.siblings.map(({ metadata }) => metadata.uid));
  const related = state.pods.filter(
    (pod) => isPodActive(pod) && siblingUids.has(controllerOf(pod)?.uid ?? ""),
  );
  const availability = availabilityOf(active, (replicaSet.spec.minReadySeconds ?? 0) * 1000, nowMs);
  return {
    updates: [
      ...adopted.map((pod) => withOwner(pod, replicaSet)),
      ...released.map((pod) => withoutOwner(pod, replicaSet.metadata.uid)),
    ],
    createCount: leaving ? 0 : Math.min(Math.max(missing, 0), maxBurst),
    deletions:
      leaving || missing >= 0 ? [] : choosePodsToDelete(active, Math.min(-missing, maxBurst), related),
    status: {
      ...replicaSet.status,
      replicas: active.length,
      fullyLabeledReplicas: active.filter(({ metadata }) =>
        labelsInclude(metadata.labels, replicaSet.spec.template?.metadata?.labels ?? {}),
      ).length,
      readyReplicas: active.filter(isPodReady).length,
      availableReplicas: availability.available,
      terminatingReplicas: owned.filter((pod) => !isPodFinished(pod) && pod.metadata.deletionTimestamp)
        .length,
      ...(replicaSet.metadata.generation === undefined
        ? {}
        : { observedGeneration: replicaSet.metadata.generation }),
    },
    againAfterMs: availability.nextMs,
  };
}

/** A pod of the ReplicaSet: the template, its labels, and the ReplicaSet as controller. */
export function podFromTemplate(replicaSet: ReplicaSet): {
  readonly metadata: Partial<Pod["metadata"]>;
  readonly spec: Pod["spec"];
} {
  const { name, namespace } = replicaSet.metadata;
  const { metadata, spec } = replicaSet.spec.template ?? { spec: { containers: [] } };
  return {
    metadata: {
      generateName: `${name.slice(0, 57)}-`,
      ...(namespace ? { namespace } : {}),
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
      ...(metadata?.finalizers ? { finalizers: metadata.finalizers } : {}),
      ownerReferences: [controllerReference(replicaSet)],
    },
    spec,
  };
}

export function statusChanged(replicaSet: ReplicaSet, status: ReplicaSet["status"]): boolean {
  return canonicalJson(replicaSet.status) !== canonicalJson(status);
}

interface ClaimedPods {
  readonly adopted: readonly Pod[];
  readonly released: readonly Pod[];
  readonly owned: readonly Pod[];
}

/** Matching pods that nobody controls are taken in, unless they or the ReplicaSet are on their way out. */
function claimPods({ replicaSet, pods }: ReplicaSetState): ClaimedPods {
  const adopted: Pod[] = [];
  const released: Pod[] = [];
  const owned: Pod[] = [];
  for (const pod of pods) {
    const matches = selectorMatches(replicaSet.spec.selector, pod.metadata.labels);
    if (isControlledBy(pod, replicaSet)) {
      if (matches) owned.push(pod);
      else if (!replicaSet.metadata.deletionTimestamp && !pod.metadata.deletionTimestamp) released.push(pod);
    } else if (matches && !controllerOf(pod) && isPodActive(pod) && !replicaSet.metadata.deletionTimestamp) {
      adopted.push(pod);
      owned.push(pod);
    }
  }
  return { adopted, released, owned };
}

/** A pod is available when it has been ready for minReadySeconds. */
function availabilityOf(
  pods: readonly Pod[],
  minReadyMs: number,
  nowMs: number,
): { available: number; nextMs: number | undefined } {
  const left = pods.flatMap((pod) => {
    const since = podReadySinceMs(pod);
    return since === undefined ? [] : [since + minReadyMs - nowMs];
  });
  const future = minReadyMs === 0 ? [] : left.filter((ms) => ms > 0);
  return {
    available: left.length - future.length,
    nextMs: future.length === 0 ? undefined : Math.min(...future),
  };
}
