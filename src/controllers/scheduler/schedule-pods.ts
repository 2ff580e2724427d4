/** Which node each pod goes to. */
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import { isPodFinished } from "../conditions.ts";
import { controllerOf } from "../owner-references.ts";
import { type HostPort, hostPortsOf, type NodeLoad, reasonAgainst, untolerated } from "./node-filters.ts";

export interface SchedulerState {
  readonly nodes: Iterable<Node>;
  /** All pods, those without a node too. */
  readonly pods: Iterable<Pod>;
  /** Pods that were given a node of which the API does not tell yet: uid to node name. */
  readonly assumed: ReadonlyMap<string, string>;
}

export interface Schedule {
  readonly bindings: readonly { readonly pod: Pod; readonly node: string }[];
  /** Pods that no node can take, with a sentence why. */
  readonly failures: readonly { readonly pod: Pod; readonly message: string }[];
}

interface MutableLoad extends NodeLoad {
  podCount: number;
  readonly hostPorts: HostPort[];
  /** Pods of one owner: what runs twice should run on two nodes. */
  readonly byOwner: Map<string, number>;
}

/** Oldest pods first; each one counts for those after it. PERF: O(pods + waiting pods x nodes). */
export function schedulePods({ nodes, pods, assumed }: SchedulerState): Schedule {
  const candidates = [...nodes]
    .filter((node) => !node.metadata.deletionTimestamp)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const loads = new Map(candidates.map((node) => [node.metadata.name, emptyLoad()]));
  const waiting: Pod[] = [];
  for (const pod of pods) {
    if (isPodFinished(pod)) continue;
    const nodeName = pod.spec.nodeName || assumed.get(pod.metadata.uid);
    if (nodeName) place(pod, loads.get(nodeName));
    else if (isSchedulable(pod)) waiting.push(pod);
  }
  waiting.sort((a, b) => compareAge(a, b));
  const bindings: { pod: Pod; node: string }[] = [];
  const failures: { pod: Pod; message: string }[] = [];
  for (const pod of waiting) {
    const choice = chooseNode(pod, candidates, loads);
    if (choice.node === undefined) failures.push({ pod, message: choice.message });
    else {
      place(pod, loads.get(choice.node));
      bindings.push({ pod, node: choice.node });
    }
  }
  return { bindings, failures };
}

type Choice = { readonly node: string } | { readonly node: undefined; readonly message: string };

function chooseNode(pod: Pod, nodes: readonly Node[], loads: ReadonlyMap<string, MutableLoad>): Choice {
  const reasons = new Map<string, number>();
  const owner = ownerKey(pod);
  let best: { readonly name: string; readonly score: readonly number[] } | undefined;
  for (const node of nodes) {
    const { name } = node.metadata;
    const load = loads.get(name) ?? emptyLoad();
    const reason = reasonAgainst(pod, node, load);
    if (reason !== undefined) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      continue;
    }
    const score = [avoidedTaints(pod, node), load.byOwner.get(owner) ?? 0, load.podCount];
    if (!best || isLower(score, best.score)) best = { name, score };
  }
  return best ? { node: best.name } : { node: undefined, message: failureText(nodes.length, reasons) };
}

/** `0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) were not ready.` */
function failureText(nodeCount: number, reasons: ReadonlyMap<string, number>): string {
  if (nodeCount === 0) return "no nodes available to schedule pods";
  const parts = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${parts.join(", ")}.`;
}

function isSchedulable({ metadata, spec }: Pod): boolean {
  const scheduler = spec.schedulerName || "default-scheduler";
  const gated = (spec.schedulingGates ?? []).length > 0;
  return !metadata.deletionTimestamp && scheduler === "default-scheduler" && !gated;
}

function place(pod: Pod, load: MutableLoad | undefined): void {
  if (!load) return;
  load.podCount++;
  load.hostPorts.push(...hostPortsOf(pod));
  // A pod that is on its way out is no company for the one that takes its place.
  if (pod.metadata.deletionTimestamp) return;
  const owner = ownerKey(pod);
  load.byOwner.set(owner, (load.byOwner.get(owner) ?? 0) + 1);
}

function emptyLoad(): MutableLoad {
  return { podCount: 0, hostPorts: [], byOwner: new Map() };
}

function ownerKey(pod: Pod): string {
  return controllerOf(pod)?.uid ?? `${pod.metadata.namespace}/${JSON.stringify(pod.metadata.labels ?? {})}`;
}

/** Taints with PreferNoSchedule that the pod does not tolerate. */
function avoidedTaints(pod: Pod, node: Node): number {
  const soft = (node.spec.taints ?? []).filter(({ effect }) => effect === "PreferNoSchedule");
  return soft.filter((taint) => untolerated([{ ...taint, effect: "NoSchedule" }], pod.spec.tolerations ?? []))
    .length;
}

function isLower(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((value, i) => value !== b[i]);
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
}

function compareAge(a: Pod, b: Pod): number {
  const { creationTimestamp: ageA, name: nameA } = a.metadata;
  const { creationTimestamp: ageB, name: nameB } = b.metadata;
  return ageA === ageB ? (nameA < nameB ? -1 : 1) : ageA < ageB ? -1 : 1;
}
