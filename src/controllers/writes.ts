/** Write: one change of the cluster as a value. Reconcilers return them; only `applyWrites` sends them. */
import type { KubeObject } from "../api/meta.ts";
import { type ApiClient, type Draft, isNamespaceTerminating, type Resource } from "../client/index.ts";
import type { ClusterCaches } from "./cluster-caches.ts";

export type Write =
  | { readonly verb: "create"; readonly resource: Resource; readonly object: Draft<KubeObject> }
  | Update
  /** Conditional on the object's uid. */
  | {
      readonly verb: "delete";
      readonly resource: Resource;
      readonly object: KubeObject;
      readonly gracePeriodSeconds?: number;
      readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
    };

/** Conditional on the object's resourceVersion. */
export interface Update<T extends KubeObject = KubeObject> {
  readonly verb: "update";
  readonly resource: Resource<T>;
  readonly object: T;
  readonly subresource?: "status";
}

export function createOf<T extends KubeObject>(resource: Resource<T>, object: Draft<T>): Write {
  return { verb: "create", resource, object };
}

export function updateOf<T extends KubeObject>(resource: Resource<T>, object: T): Write {
  return { verb: "update", resource, object };
}

export function statusOf<T extends KubeObject>(resource: Resource<T>, object: T): Update<T> {
  return { verb: "update", resource, object, subresource: "status" };
}

export function deleteOf<T extends KubeObject>(
  resource: Resource<T>,
  object: T,
  gracePeriodSeconds?: number,
): Write {
  return {
    verb: "delete",
    resource,
    object,
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
}

/** Sends writes in order and lets the caches know their results. Rejects at the first failure; the rest is not sent. */
export async function applyWrites(
  client: ApiClient,
  caches: Pick<ClusterCaches, "note">,
  writes: readonly Write[],
  signal: AbortSignal,
): Promise<void> {
  for (const write of writes) await applyWrite(client, caches, write, signal);
}

/** A create in a namespace that is being deleted is taken as done: its content goes away in any case. */
export async function applyWrite(
  client: ApiClient,
  caches: Pick<ClusterCaches, "note">,
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  switch (write.verb) {
    case "create":
      try {
        caches.note(write.resource, await client.create(write.resource, write.object, { signal }));
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
      return;
    case "update":
      await applyUpdate(client, caches, write, signal);
      return;
    case "delete": {
      const { verb: _, resource, object, ...options } = write;
      await client.delete(resource, object.metadata, {
        ...options,
        preconditions: { uid: object.metadata.uid },
        signal,
      });
      return;
    }
  }
}

/** Resolves with the object as it is then. */
export async function applyUpdate<T extends KubeObject>(
  client: ApiClient,
  caches: Pick<ClusterCaches, "note">,
  { resource, object, subresource }: Update<T>,
  signal: AbortSignal,
): Promise<T> {
  const written = await client.update(resource, object, { signal, ...(subresource && { subresource }) });
  caches.note(resource, written);
  return written;
}
