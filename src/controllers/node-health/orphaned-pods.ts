/** Pods whose node no longer exists: nobody will ever report that they have ended (pkg/controller/podgc). */
import type { Pod } from "../../api/pod.ts";
import { nodes, objectKey, pods as podResource } from "../../client/index.ts";
import type { ControllerContext } from "../controller-context.ts";
import { createWorkQueue } from "../work-queue.ts";
import { applyWrites, deleteOf } from "../writes.ts";

/** A Node may be created again right after it was deleted; podgc waits as long. */
export const orphanQuarantineMs = 40_000;

export function startOrphanedPodController(context: ControllerContext): void {
  const { client, caches, clock, signal } = context;
  const missingSince = new Map<string, number>();
  const isOrphaned = ({ spec }: Pod) =>
    Boolean(spec.nodeName) && !caches.nodes.items().has(spec.nodeName ?? "");

  const queue = createWorkQueue({
    ...context,
    name: "orphaned-pods",
    async sync(key) {
      const pod = caches.pods.items().get(key);
      if (!pod || !isOrphaned(pod)) {
        missingSince.delete(key);
        return undefined;
      }
      const since = missingSince.get(key) ?? clock.now();
      missingSince.set(key, since);
      const leftMs = since + orphanQuarantineMs - clock.now();
      if (leftMs > 0) return leftMs;
      // The cache may be behind.
      const node = await client.get(nodes, { name: pod.spec.nodeName ?? "" }, signal);
      if (node) return orphanQuarantineMs;
      await applyWrites(client, caches, [deleteOf(podResource, pod, 0)], signal);
      return undefined;
    },
  });

  caches.pods.subscribe(({ added, updated, deleted }) => {
    for (const pod of [...added, ...updated.map(({ next }) => next)]) {
      if (isOrphaned(pod)) queue.add(objectKey(pod.metadata));
    }
    for (const { metadata } of deleted) missingSince.delete(objectKey(metadata));
  });
  caches.nodes.subscribe(({ deleted }) => {
    if (deleted.length === 0) return;
    for (const pod of caches.pods.items().values()) if (isOrphaned(pod)) queue.add(objectKey(pod.metadata));
  });
}
