/** Objects of a cache by namespace, so that a reconciler does not look through those of all others. */
import type { KubeObject } from "../api/meta.ts";
import type { ListWatchCache } from "../client/index.ts";
import { objectKey } from "../client/index.ts";

export interface NamespaceIndex<T> {
  in(namespace: string): readonly T[];
}

/** NOTE: subscribe before the controller that uses the index, so that the index is told first. */
export function indexByNamespace<T extends KubeObject>(cache: ListWatchCache<T>): NamespaceIndex<T> {
  const keys = new Map<string, Set<string>>();
  cache.subscribe(({ added, deleted }) => {
    for (const { metadata } of deleted) {
      const set = keys.get(metadata.namespace ?? "");
      set?.delete(objectKey(metadata));
      if (set?.size === 0) keys.delete(metadata.namespace ?? "");
    }
    for (const { metadata } of added) {
      const namespace = metadata.namespace ?? "";
      const set = keys.get(namespace) ?? new Set();
      set.add(objectKey(metadata));
      keys.set(namespace, set);
    }
  });
  return {
    in: (namespace) =>
      [...(keys.get(namespace) ?? [])].flatMap((key) => {
        const object = cache.items().get(key);
        return object ? [object] : [];
      }),
  };
}
