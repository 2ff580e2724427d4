/** Scheduler: gives every pod without a node one of the nodes that can take it. */
import type { KubeObject } from "../../api/meta.ts";
import type { Pod } from "../../api/pod.ts";
import { type Draft, isConflict, isNotFound, pods, type Resource } from "../../client/index.ts";
import { formatTime } from "../../lib/rfc3339.ts";
import { findCondition, withCondition } from "../conditions.ts";
import type { ControllerContext } from "../controller-context.ts";
import { createWorkQueue } from "../work-queue.ts";
import { schedulePods } from "./schedule-pods.ts";

const bindings = pods as Resource as Resource<KubeObject & { readonly target: object }>;
const parallelWrites = 16;

/** All waiting pods are one piece of work: each choice depends on the ones before. */
const everything = "pods without a node";

export function startScheduler({
  client,
  caches,
  events,
  clock,
  random,
  log,
  signal,
}: ControllerContext): void {
  const assumed = new Map<string, string>();

  const bind = async (pod: Pod, node: string) => {
    const { namespace, name, uid } = pod.metadata;
    assumed.set(uid, node);
    try {
      const body: Draft<KubeObject & { readonly target: object }> = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name, ...(namespace ? { namespace } : {}), uid },
        target: { apiVersion: "v1", kind: "Node", name: node },
      };
      await client.create(bindings, body, { subresource: "binding", signal });
      const message = `Successfully assigned ${namespace}/${name} to ${node}`;
      events.record({ about: pod, type: "Normal", reason: "Scheduled", message });
    } catch (error) {
      assumed.delete(uid);
      // Deleted, or bound by somebody else: the watch will tell.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  };

  const reportFailure = async (pod: Pod, message: string) => {
    const present = findCondition(pod.status.conditions, "PodScheduled");
    if (present?.status === "False" && present.message === message) return;
    events.record({ about: pod, type: "Warning", reason: "FailedScheduling", message });
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message,
      lastTransitionTime: present?.lastTransitionTime ?? formatTime(clock.now()),
    } as const;
    const status = { ...pod.status, conditions: withCondition(pod.status.conditions, condition) };
    try {
      caches.pods.note(await client.update(pods, { ...pod, status }, { subresource: "status", signal }));
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  };

  const queue = createWorkQueue({
    name: "scheduler",
    clock,
    random,
    log,
    signal,
    async sync() {
      for (const [uid] of assumed) if (!awaitsNews(uid)) assumed.delete(uid);
      const state = { nodes: caches.nodes.items().values(), pods: caches.pods.items().values(), assumed };
      const schedule = schedulePods(state);
      await inParallel(schedule.bindings, ({ pod, node }) => bind(pod, node));
      await inParallel(schedule.failures, ({ pod, message }) => reportFailure(pod, message));
      return undefined;
    },
  });

  const unbound = new Set<string>();
  const awaitsNews = (uid: string) => unbound.has(uid);
  caches.pods.subscribe(({ added, updated, deleted }) => {
    for (const pod of [...added, ...updated.map(({ next }) => next)]) {
      if (pod.spec.nodeName) unbound.delete(pod.metadata.uid);
      else unbound.add(pod.metadata.uid);
    }
    for (const pod of deleted) unbound.delete(pod.metadata.uid);
    if (unbound.size > 0) queue.add(everything);
  });
  caches.nodes.subscribe(() => {
    if (unbound.size > 0) queue.add(everything);
  });
}

/** Runs all; rejects with the first failure after all have ended. */
async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await run(item);
  };
  const results = await Promise.allSettled(Array.from({ length: parallelWrites }, worker));
  const failed = results.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}
