/** What `kubectl get pods` prints (kubernetes/pkg/printers/internalversion printPod). */
import type { Condition } from "../meta.ts";
import type { Pod } from "../pod.ts";
import { ageColumn, type Cells, column, nameColumn, wideColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { TableColumn } from "../resource-definition.ts";
import { summarizePod } from "./pod-summary.ts";

export const podColumns: readonly TableColumn[] = [
  nameColumn,
  column("Ready", "How many of the pod's containers are ready."),
  column("Status", "What the pod is doing, or why it is not."),
  column("Restarts", "How often its containers were restarted, and when last."),
  ageColumn,
  wideColumn("IP", "The pod's address."),
  wideColumn("Node", "The node that runs it."),
  wideColumn("Nominated Node", "The node that lower-priority pods are leaving for it."),
  wideColumn("Readiness Gates", "How many of its readiness gates are passed."),
];

export function podCells(pod: Pod, nowMs: number): Cells {
  const { metadata, spec, status } = pod;
  const { ready, total, reason, restarts, lastRestart } = summarizePod(pod);
  const restartsText =
    restarts !== 0 && lastRestart !== undefined
      ? `${restarts} (${age(lastRestart, nowMs)} ago)`
      : `${restarts}`;
  return [
    metadata.name,
    `${ready}/${total}`,
    reason,
    restartsText,
    age(metadata.creationTimestamp, nowMs),
    status?.podIPs?.[0]?.ip || "<none>",
    spec.nodeName || "<none>",
    status?.nominatedNodeName || "<none>",
    readinessGates(pod),
  ];
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const passed = gates.filter(
    ({ conditionType }) => status?.conditions?.find(({ type }) => type === conditionType)?.status === "True",
  );
  return `${passed.length}/${gates.length}`;
}

/** A pod that has ended is a Completed row. */
export function podRowConditions({ status }: Pod): readonly Condition[] {
  if (status?.phase === "Succeeded") {
    return [
      {
        type: "Completed",
        status: "True",
        reason: "Succeeded",
        message: "The pod has completed successfully.",
      },
    ];
  }
  if (status?.phase === "Failed") {
    return [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }];
  }
  return [];
}
