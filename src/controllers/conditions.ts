/** Conditions of Pods, Nodes and Deployments. */
import type { Condition } from "../api/meta.ts";
import type { Pod } from "../api/pod.ts";
import { parseTime } from "../lib/rfc3339.ts";

export function findCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Returns the list with the condition in the place of the one of its type. */
export function withCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  condition: C,
): readonly C[] {
  const list = conditions ?? [];
  return list.some(({ type }) => type === condition.type)
    ? list.map((present) => (present.type === condition.type ? condition : present))
    : [...list, condition];
}

export function isPodReady(pod: Pod): boolean {
  return findCondition(pod.status.conditions, "Ready")?.status === "True";
}

/** Neither finished nor being deleted: it counts as a replica. */
export function isPodActive(pod: Pod): boolean {
  return !pod.metadata.deletionTimestamp && !isPodFinished(pod);
}

export function isPodFinished({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

/** Since when the pod has been ready, in milliseconds since the epoch; undefined if it is not. */
export function podReadySinceMs(pod: Pod): number | undefined {
  const ready = findCondition(pod.status.conditions, "Ready");
  if (ready?.status !== "True") return undefined;
  return parseTime(ready.lastTransitionTime) ?? parseTime(pod.metadata.creationTimestamp) ?? 0;
}
