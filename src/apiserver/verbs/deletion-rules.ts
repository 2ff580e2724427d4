/** When an object goes at once, when it waits, and for whom (apiserver registry/rest/delete.go and generic/registry/store.go). */
import type { Namespace } from "../../api/event.ts";
import type { KubeObject, ObjectMeta } from "../../api/meta.ts";
import type { Pod } from "../../api/pod.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import type { DeleteOptions } from "../request/delete-options.ts";
import { timestamp } from "./write-context.ts";

/** What to do with an object that a client wants gone. */
export type Deletion =
  | { readonly step: "remove" }
  /** Stored as marked; somebody else removes it later. */
  | { readonly step: "mark"; readonly object: KubeObject }
  /** Stored as marked and then removed, so that watchers see its last state. */
  | { readonly step: "mark-and-remove"; readonly object: KubeObject }
  /** It is being deleted already. */
  | { readonly step: "wait" };

type Kind = Pick<ResourceDefinition, "group" | "kind">;

export function planDeletion(
  kind: Kind,
  object: KubeObject,
  options: DeleteOptions,
  nowMs: number,
): Deletion {
  if (isNamespace(kind)) return planNamespaceDeletion(object as Namespace, options, nowMs);
  const graceful = isPod(kind) ? planPodGrace(object as Pod, options, nowMs) : "immediate";
  if (graceful === "pending") return { step: "wait" };
  const graced = graceful === "immediate" ? object : graceful;
  const finalizers = deletionFinalizers(graced.metadata.finalizers ?? [], options);
  const marked = withMetadata(graced, { finalizers: finalizers.length > 0 ? finalizers : undefined });
  if (finalizers.length > 0) {
    return { step: "mark", object: graceful === "immediate" ? markAsDeleting(marked, nowMs) : marked };
  }
  if (graceful === "immediate") return { step: "remove" };
  const waits = (marked.metadata.deletionGracePeriodSeconds ?? 0) > 0;
  return { step: waits ? "mark" : "mark-and-remove", object: marked };
}

/** Whether an update took away the last thing that held a deleted object. */
export function isFinished(kind: Kind, next: KubeObject, old: KubeObject): boolean {
  if (old.metadata.deletionTimestamp === undefined || next.metadata.finalizers?.length) return false;
  if (isNamespace(kind)) return !(next as Namespace).spec?.finalizers?.length;
  return old.metadata.deletionGracePeriodSeconds === 0;
}

function isNamespace({ group, kind }: Kind): boolean {
  return group === "" && kind === "Namespace";
}

function isPod({ group, kind }: Kind): boolean {
  return group === "" && kind === "Pod";
}

function planNamespaceDeletion(namespace: Namespace, options: DeleteOptions, nowMs: number): Deletion {
  if (namespace.metadata.deletionTimestamp === undefined) {
    const finalizers = deletionFinalizers(namespace.metadata.finalizers ?? [], options);
    const marked = withMetadata(namespace, {
      deletionTimestamp: timestamp(nowMs),
      finalizers: finalizers.length > 0 ? finalizers : undefined,
    });
    const object: Namespace = { ...marked, status: { ...namespace.status, phase: "Terminating" } };
    return { step: "mark", object };
  }
  const held = namespace.spec?.finalizers?.length || namespace.metadata.finalizers?.length;
  return { step: held ? "wait" : "remove" };
}

/** pod strategy CheckGracefulDelete: a pod that no node runs needs no grace. */
function planPodGrace(pod: Pod, options: DeleteOptions, nowMs: number): Pod | "pending" | "immediate" {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, generation } = pod.metadata;
  if (deletionTimestamp !== undefined) {
    if (deletionGracePeriodSeconds === 0) return "immediate";
    const asked = options.gracePeriodSeconds;
    if (asked === undefined || asked >= deletionGracePeriodSeconds) return "pending";
    const shortenedMs = (asked - deletionGracePeriodSeconds) * 1000;
    return withMetadata(pod, {
      deletionTimestamp: timestamp(Date.parse(deletionTimestamp) + shortenedMs),
      deletionGracePeriodSeconds: asked,
    });
  }
  const seconds = podGraceSeconds(pod, options);
  return withMetadata(pod, {
    deletionTimestamp: timestamp(nowMs + seconds * 1000),
    deletionGracePeriodSeconds: seconds,
    ...(generation ? { generation: generation + 1 } : {}),
  });
}

function podGraceSeconds(pod: Pod, { gracePeriodSeconds }: DeleteOptions): number {
  const ended = pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded";
  if (!pod.spec.nodeName || ended) return 0;
  return gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 0;
}

const orphan = "orphan";
const foreground = "foregroundDeletion";

/** The garbage collector's finalizers follow what the client asks; without a wish they stay as they are. */
function deletionFinalizers(finalizers: readonly string[], options: DeleteOptions): readonly string[] {
  const { propagationPolicy, orphanDependents } = options;
  if (propagationPolicy === undefined && orphanDependents === undefined) return finalizers;
  const others = finalizers.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (propagationPolicy === "Orphan" || orphanDependents === true) return [...others, orphan];
  return propagationPolicy === "Foreground" ? [...others, foreground] : others;
}

function markAsDeleting(object: KubeObject, nowMs: number): KubeObject {
  const { deletionTimestamp, generation } = object.metadata;
  const isFirst = deletionTimestamp === undefined;
  return withMetadata(object, {
    deletionTimestamp: deletionTimestamp ?? timestamp(nowMs),
    deletionGracePeriodSeconds: 0,
    ...(isFirst && generation ? { generation: generation + 1 } : {}),
  });
}

type MetadataChange = { readonly [K in keyof ObjectMeta]?: ObjectMeta[K] | undefined };

function withMetadata<T extends KubeObject>(object: T, change: MetadataChange): T {
  return { ...object, metadata: { ...object.metadata, ...change } as ObjectMeta };
}
