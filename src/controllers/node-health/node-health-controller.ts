/** Notices nodes that fall silent, and moves their pods elsewhere. */
import { nodes as nodeResource, objectKey } from "../../client/index.ts";
import { nodeLeaseNamespace } from "../cluster-caches.ts";
import { findCondition } from "../conditions.ts";
import type { ControllerContext } from "../controller-context.ts";
import { createWorkQueue } from "../work-queue.ts";
import { applyWrites } from "../writes.ts";
import { reconcilePodsOfNode } from "./pods-of-node.ts";
import { reconcileNode } from "./reconcile-node.ts";

/** `--node-monitor-grace-period` of kube-controller-manager up to 1.31: four renewals of a Lease may be missed. */
export const defaultNodeGracePeriodMs = 40_000;

export function startNodeHealthController(context: ControllerContext, gracePeriodMs: number): void {
  const { client, caches, clock, events, signal } = context;
  /** Signs of life: what the node last wrote, and when we saw it. */
  const seen = new Map<string, { readonly sign: string; readonly atMs: number }>();

  const lastSeenMs = (name: string, heartbeat: string): number => {
    const renewTime = caches.leases.get({ namespace: nodeLeaseNamespace, name })?.spec.renewTime ?? "";
    const sign = `${renewTime} ${heartbeat}`;
    const known = seen.get(name);
    if (known?.sign === sign) return known.atMs;
    seen.set(name, { sign, atMs: clock.now() });
    return clock.now();
  };

  const queue = createWorkQueue({
    ...context,
    name: "node-health",
    async sync(name) {
      const node = caches.nodes.items().get(name);
      if (!node) {
        seen.delete(name);
        return undefined;
      }
      const ready = findCondition(node.status.conditions, "Ready");
      const nowMs = clock.now();
      const seenMs = lastSeenMs(name, ready?.lastHeartbeatTime ?? "");
      const plan = reconcileNode({ node, lastSeenMs: seenMs, nowMs, gracePeriodMs });
      await applyWrites(client, caches, plan.writes, signal);
      const current = caches.nodes.items().get(name) ?? node;
      if (ready?.status === "True" && findCondition(current.status.conditions, "Ready")?.status !== "True") {
        const message = `Node ${name} status is now: NodeNotReady`;
        events.record({
          about: { ...node, kind: nodeResource.kind },
          type: "Normal",
          reason: "NodeNotReady",
          message,
        });
      }
      const pods = [...caches.pods.items().values()].filter(({ spec }) => spec.nodeName === name);
      const forPods = reconcilePodsOfNode(current, pods, nowMs);
      for (const pod of forPods.evicted) {
        const message = `Marking for deletion Pod ${objectKey(pod.metadata)}`;
        events.record({ about: pod, type: "Normal", reason: "TaintManagerEviction", message });
      }
      await applyWrites(client, caches, forPods.writes, signal);
      const waits = [plan.againAfterMs, forPods.againAfterMs].filter((ms) => ms !== undefined);
      return waits.length === 0 ? undefined : Math.min(...waits);
    },
  });

  caches.nodes.subscribe(({ added, updated, deleted }) => {
    for (const { metadata } of [...added, ...deleted]) queue.add(metadata.name);
    for (const { next } of updated) queue.add(next.metadata.name);
  });
  caches.leases.subscribe(({ added, updated }) => {
    for (const { metadata } of [...added, ...updated.map(({ next }) => next)]) queue.add(metadata.name);
  });
  caches.pods.subscribe(({ added, updated }) => {
    for (const { spec } of [...added, ...updated.map(({ next }) => next)]) {
      const node = spec.nodeName ? caches.nodes.items().get(spec.nodeName) : undefined;
      // A healthy node does nothing to its pods.
      if (node && findCondition(node.status.conditions, "Ready")?.status !== "True")
        queue.add(node.metadata.name);
    }
  });
}
