/** Which pods go first when there are too many (kubernetes pkg/controller/controller_utils.go, ActivePodsWithRanks). */
import type { Pod } from "../../api/pod.ts";
import { parseTime } from "../../lib/rfc3339.ts";
import { isPodReady, podReadySinceMs } from "../conditions.ts";

const deletionCost = "controller.kubernetes.io/pod-deletion-cost";

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Returns `count` of the pods: first those without a node, then pending, not ready, cheap to delete, on a node with many of
 * `related` pods (of all ReplicaSets of the same owner), ready for a short time, restarted often, and at last the newest.
 */
export function choosePodsToDelete(
  pods: readonly Pod[],
  count: number,
  related: readonly Pod[],
): readonly Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const { spec } of related) {
    if (spec.nodeName) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({ pod, rank: deletionRank(pod, perNode) }));
  ranked.sort((a, b) => compareRanks(a.rank, b.rank) || (a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1));
  return ranked.slice(0, Math.max(count, 0)).map(({ pod }) => pod);
}

/** The lower, the sooner it goes. */
function deletionRank(pod: Pod, perNode: ReadonlyMap<string, number>): readonly number[] {
  const { metadata, spec, status } = pod;
  const restarts = (status.containerStatuses ?? []).map(({ restartCount }) => restartCount);
  return [
    spec.nodeName ? 1 : 0,
    phaseRank[status.phase ?? "Pending"] ?? 2,
    isPodReady(pod) ? 1 : 0,
    Number(metadata.annotations?.[deletionCost] ?? 0) || 0,
    -(perNode.get(spec.nodeName ?? "") ?? 0),
    -(podReadySinceMs(pod) ?? 0),
    -Math.max(0, ...restarts),
    -(parseTime(metadata.creationTimestamp) ?? 0),
  ];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, i) => value !== b[i]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}
