/** A Node's health as its Lease tells it, and what follows for the Node's taints (KEP-589, pkg/controller/nodelifecycle). */
import type { Node, NodeCondition, Taint } from "../../api/node.ts";
import { nodes } from "../../client/index.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { formatTime } from "../../lib/rfc3339.ts";
import { findCondition, withCondition } from "../conditions.ts";
import { statusOf, updateOf, type Write } from "../writes.ts";

export const notReadyTaint = "node.kubernetes.io/not-ready";
export const unreachableTaint = "node.kubernetes.io/unreachable";
const unschedulableTaint = "node.kubernetes.io/unschedulable";

/** Kubernetes' conditions that a node agent reports. */
const reported = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

export interface NodeState {
  readonly node: Node;
  /** When a sign of life was seen last, on our own clock: that of the node may be wrong. */
  readonly lastSeenMs: number;
  readonly nowMs: number;
  /** So long a node may be silent. */
  readonly gracePeriodMs: number;
}

export interface NodePlan {
  readonly writes: readonly Write[];
  /** When the grace period ends. */
  readonly againAfterMs: number | undefined;
}

/** One write at a time, the status first: the taints follow from it in the next round. */
export function reconcileNode({ node, lastSeenMs, nowMs, gracePeriodMs }: NodeState): NodePlan {
  const leftMs = lastSeenMs + gracePeriodMs - nowMs;
  const conditions = leftMs > 0 ? node.status.conditions : unknownConditions(node, nowMs);
  const againAfterMs = leftMs > 0 ? leftMs : undefined;
  if (canonicalJson(conditions ?? []) !== canonicalJson(node.status.conditions ?? [])) {
    const status = { ...node.status, conditions: conditions ?? [] };
    return { writes: [statusOf(nodes, { ...node, status })], againAfterMs };
  }
  const taints = desiredTaints(node, nowMs);
  if (canonicalJson(taints) === canonicalJson(node.spec.taints ?? [])) return { writes: [], againAfterMs };
  return { writes: [updateOf(nodes, { ...node, spec: { ...node.spec, taints } })], againAfterMs };
}

function unknownConditions(node: Node, nowMs: number): readonly NodeCondition[] {
  return reported.reduce((conditions: readonly NodeCondition[], type) => {
    const present = findCondition(conditions, type);
    if (present?.status === "Unknown") return conditions;
    const lastTransitionTime = formatTime(nowMs);
    const next = present
      ? { ...present, reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." }
      : { type, reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." };
    return withCondition(conditions, { ...next, status: "Unknown", lastTransitionTime });
  }, node.status.conditions ?? []);
}

/** Taints of other keys, and the order of all, stay as they are. */
function desiredTaints(node: Node, nowMs: number): readonly Taint[] {
  const ready = findCondition(node.status.conditions, "Ready")?.status;
  const key = ready === "True" ? undefined : ready === "Unknown" ? unreachableTaint : notReadyTaint;
  const wanted: Pick<Taint, "key" | "effect">[] = [
    ...(key ? [{ key, effect: "NoSchedule" } as const, { key, effect: "NoExecute" } as const] : []),
    ...(node.spec.unschedulable ? [{ key: unschedulableTaint, effect: "NoSchedule" } as const] : []),
  ];
  const present = node.spec.taints ?? [];
  const managed = new Set([notReadyTaint, unreachableTaint, unschedulableTaint]);
  const isWanted = (taint: Taint) =>
    wanted.some(({ key, effect }) => taint.key === key && taint.effect === effect);
  const isPresent = (taint: Pick<Taint, "key" | "effect">) =>
    present.some(({ key, effect }) => taint.key === key && taint.effect === effect);
  return [
    ...present.filter((taint) => !managed.has(taint.key) || isWanted(taint)),
    ...wanted
      .filter((taint) => !isPresent(taint))
      .map((taint) => ({
        ...taint,
        ...(taint.effect === "NoExecute" ? { timeAdded: formatTime(nowMs) } : {}),
      })),
  ];
}
