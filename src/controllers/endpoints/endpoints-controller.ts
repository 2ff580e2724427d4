/** Keeps Endpoints in step with Services and pods. */
import { endpoints as endpointsResource, objectKey } from "../../client/index.ts";
import type { ControllerContext } from "../controller-context.ts";
import { indexByNamespace } from "../namespace-index.ts";
import { followPodsOfServices } from "../service-keys.ts";
import { createWorkQueue } from "../work-queue.ts";
import { applyWrites, deleteOf } from "../writes.ts";
import { managedEndpointsLabel, reconcileEndpoints } from "./reconcile-endpoints.ts";

export function startEndpointsController(context: ControllerContext): void {
  const { client, caches, signal } = context;
  const podIndex = indexByNamespace(caches.pods);

  const queue = createWorkQueue({
    ...context,
    name: "endpoints",
    async sync(key) {
      const service = caches.services.items().get(key);
      const present = caches.endpoints.items().get(key);
      const [namespace = ""] = key.split("/");
      const orphaned = !service && present?.metadata.labels?.[managedEndpointsLabel] !== undefined;
      const writes = service
        ? reconcileEndpoints({ service, pods: podIndex.in(namespace), present })
        : orphaned && present
          ? [deleteOf(endpointsResource, present)]
          : [];
      await applyWrites(client, caches, writes, signal);
      return undefined;
    },
  });

  followPodsOfServices(context, queue.add);
  for (const cache of [caches.services, caches.endpoints]) {
    cache.subscribe(({ added, updated, deleted }) => {
      for (const { metadata } of [...added, ...deleted]) queue.add(objectKey(metadata));
      for (const { next } of updated) queue.add(objectKey(next.metadata));
    });
  }
}
