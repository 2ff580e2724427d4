/** What a node that is not ready means for its pods (pkg/controller/tainteviction, nodelifecycle). */
import type { Node, Taint } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import { pods as podResource } from "../../client/index.ts";
import { formatTime, parseTime } from "../../lib/rfc3339.ts";
import { findCondition, isPodFinished, withCondition } from "../conditions.ts";
import { tolerates } from "../scheduler/node-filters.ts";
import { deleteOf, statusOf, type Write } from "../writes.ts";

export interface PodsPlan {
  readonly writes: readonly Write[];
  /** Pods among those that are deleted, for Events. */
  readonly evicted: readonly Pod[];
  /** When the next toleration ends. */
  readonly againAfterMs: number | undefined;
}

/** Pods of a silent node stop being ready at once; those that do not tolerate its NoExecute taints go, in their own time. */
export function reconcilePodsOfNode(node: Node, pods: readonly Pod[], nowMs: number): PodsPlan {
  const alive = pods.filter((pod) => !isPodFinished(pod));
  const ready = findCondition(node.status.conditions, "Ready")?.status;
  const unready = ready === "Unknown" ? alive.flatMap((pod) => markNotReady(pod, nowMs)) : [];
  const evicted: Pod[] = [];
  let againAfterMs: number | undefined;
  for (const pod of alive.filter(({ metadata }) => !metadata.deletionTimestamp)) {
    const leftMs = toleratedForMs(pod, node.spec.taints ?? [], nowMs);
    if (leftMs <= 0) evicted.push(pod);
    else if (leftMs < Number.POSITIVE_INFINITY) againAfterMs = Math.min(againAfterMs ?? leftMs, leftMs);
  }
  return { writes: [...unready, ...evicted.map((pod) => deleteOf(podResource, pod))], evicted, againAfterMs };
}

function markNotReady(pod: Pod, nowMs: number): readonly Write[] {
  const present = findCondition(pod.status.conditions, "Ready");
  if (present?.status !== "True") return [];
  const condition = { ...present, status: "False", lastTransitionTime: formatTime(nowMs) } as const;
  const status = { ...pod.status, conditions: withCondition(pod.status.conditions, condition) };
  return [statusOf(podResource, { ...pod, status })];
}

/** The shortest time that any of the pod's tolerations allows; 0 without one for each taint, infinite without such taints. */
function toleratedForMs(pod: Pod, taints: readonly Taint[], nowMs: number): number {
  const left = taints
    .filter(({ effect }) => effect === "NoExecute")
    .map((taint) => {
      const matching = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
      if (matching.length === 0) return 0;
      const seconds = matching.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
      if (seconds.length === 0) return Number.POSITIVE_INFINITY;
      const since = parseTime(taint.timeAdded) ?? nowMs;
      return since + Math.max(Math.min(...seconds), 0) * 1000 - nowMs;
    });
  return Math.min(Number.POSITIVE_INFINITY, ...left);
}
