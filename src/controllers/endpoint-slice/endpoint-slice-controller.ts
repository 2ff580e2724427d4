/** Keeps EndpointSlices in step with Services, pods and nodes. */
import { type EndpointSlice, serviceNameLabel } from "../../api/endpoint-slice.ts";
import type { Node } from "../../api/node.ts";
import { objectKey } from "../../client/index.ts";
import type { ControllerContext } from "../controller-context.ts";
import { indexByNamespace } from "../namespace-index.ts";
import { followPodsOfServices } from "../service-keys.ts";
import { createWorkQueue } from "../work-queue.ts";
import { applyWrites } from "../writes.ts";
import { reconcileMirroredSlices } from "./mirrored-slices.ts";
import { reconcileServiceSlices } from "./service-slices.ts";

export function startEndpointSliceController(context: ControllerContext): void {
  const { client, caches, signal } = context;
  const podIndex = indexByNamespace(caches.pods);
  const sliceIndex = indexByNamespace(caches.endpointSlices);

  const queue = createWorkQueue({
    ...context,
    name: "endpoint-slice",
    async sync(key) {
      const service = caches.services.items().get(key);
      const [namespace = "", name] = key.split("/");
      const slices = sliceIndex
        .in(namespace)
        .filter(({ metadata }) => metadata.labels?.[serviceNameLabel] === name);
      const nodes = caches.nodes.items();
      const writes = [
        ...(service ? reconcileServiceSlices({ service, pods: podIndex.in(namespace), nodes, slices }) : []),
        ...reconcileMirroredSlices({ service, endpoints: caches.endpoints.items().get(key), slices }),
      ];
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
  const addServiceOf = ({ metadata }: EndpointSlice) => {
    const name = metadata.labels?.[serviceNameLabel];
    if (name) queue.add(`${metadata.namespace}/${name}`);
  };
  caches.endpointSlices.subscribe(({ added, updated, deleted }) => {
    for (const slice of [...added, ...deleted]) addServiceOf(slice);
    for (const { previous, next } of updated) {
      addServiceOf(previous);
      addServiceOf(next);
    }
  });
  caches.nodes.subscribe(({ added, updated, deleted }) => {
    const moved = updated.some(({ previous, next }) => zoneOf(previous) !== zoneOf(next));
    if (!moved && added.length + deleted.length === 0) return;
    for (const { metadata } of caches.services.items().values()) queue.add(objectKey(metadata));
  });
}

function zoneOf({ metadata }: Node): string | undefined {
  return metadata.labels?.["topology.kubernetes.io/zone"];
}
