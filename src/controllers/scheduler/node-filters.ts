/** Which nodes a pod can run on, with the reasons against the others in kube-scheduler's words (pkg/scheduler/framework/plugins). */

import { labelsInclude } from "../../api/label-selector.ts";
import type { Node, Taint } from "../../api/node.ts";
import type { ContainerPort, Pod, Toleration } from "../../api/pod.ts";
import { findCondition } from "../conditions.ts";

/** What runs on a node already. */
export interface NodeLoad {
  /** Pods that have not finished. */
  readonly podCount: number;
  readonly hostPorts: readonly HostPort[];
}

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

const unschedulableTaint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;

/** Returns why the pod cannot run on the node; undefined if it can. */
export function reasonAgainst(pod: Pod, node: Node, load: NodeLoad): string | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  if (
    node.spec.unschedulable &&
    !tolerations.some((toleration) => tolerates(toleration, unschedulableTaint))
  ) {
    return "node(s) were unschedulable";
  }
  const taint = untolerated(node.spec.taints ?? [], tolerations);
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
  if (findCondition(node.status.conditions, "Ready")?.status !== "True") return "node(s) were not ready";
  if (!labelsInclude(node.metadata.labels, pod.spec.nodeSelector ?? {})) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  const wanted = hostPortsOf(pod);
  if (wanted.some((port) => load.hostPorts.some((taken) => portsConflict(port, taken)))) {
    return "node(s) didn't have free ports for the requested pod ports";
  }
  const capacity = Number(node.status.allocatable?.pods ?? Number.POSITIVE_INFINITY);
  return load.podCount >= capacity ? "Too many pods" : undefined;
}

/** With the effect PreferNoSchedule a taint is no reason against a node, only one for another. */
export function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | undefined {
  return taints.find(
    (taint) =>
      taint.effect !== "PreferNoSchedule" && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

/** v1.Toleration.ToleratesTaint: an empty effect stands for all effects, an empty key with Exists for all keys. */
export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === "Exists") return true;
  return key !== undefined && key !== "" && (value ?? "") === (taint.value ?? "");
}

/** With hostNetwork every container port is one of the host; the API server sets hostPort then. */
export function hostPortsOf(pod: Pod): readonly HostPort[] {
  const ports = pod.spec.containers.flatMap(({ ports = [] }): readonly ContainerPort[] => ports);
  return ports.flatMap(({ hostPort, hostIP, protocol }) =>
    hostPort ? [{ ip: hostIP || "0.0.0.0", protocol: protocol ?? "TCP", port: hostPort }] : [],
  );
}

function portsConflict(a: HostPort, b: HostPort): boolean {
  const overlap = a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0";
  return overlap && a.protocol === b.protocol && a.port === b.port;
}
