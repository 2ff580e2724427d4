/** Revisions, and the annotations that `kubectl rollout history` and `undo` live on (pkg/controller/deployment/util). */
import type { Deployment, ReplicaSet } from "../../api/workload.ts";
import {
  desiredReplicasAnnotation,
  type Limits,
  maxReplicasAnnotation,
  replicasOf,
} from "./rolling-update.ts";
import { byAge } from "./template-hash.ts";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
export const revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history";

/** What a Deployment's annotations do not hand down to its ReplicaSets. */
const notInherited = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  "deprecated.deployment.rollback.to",
]);

type Annotations = Readonly<Record<string, string>>;

export function revisionOf(object: Deployment | ReplicaSet | undefined): number {
  return Number(object?.metadata.annotations?.[revisionAnnotation]) || 0;
}

/** The annotations of the newest ReplicaSet: its revision is above those of all old ones, and it notes the ones it had. */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  present: ReplicaSet | undefined,
): Annotations {
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const had = revisionOf(present);
  const inherited = Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notInherited.has(key)),
  );
  const annotations: Record<string, string> = { ...present?.metadata.annotations, ...inherited };
  if (had >= revision) return annotations;
  annotations[revisionAnnotation] = String(revision);
  if (had > 0) {
    const history = annotations[revisionHistoryAnnotation];
    annotations[revisionHistoryAnnotation] = history ? `${history},${had}` : String(had);
  }
  return annotations;
}

/** What tells a later change of the Deployment's replicas from a rollout. */
export function sizeAnnotations({ replicas, maxSurge }: Limits): Annotations {
  return {
    [desiredReplicasAnnotation]: String(replicas),
    [maxReplicasAnnotation]: String(replicas + maxSurge),
  };
}

/** Old ReplicaSets beyond the history limit, the oldest ones; only those that have nothing to do any more. */
export function expiredReplicaSets(
  deployment: Deployment,
  old: readonly ReplicaSet[],
): readonly ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const kept = old.filter(({ metadata }) => !metadata.deletionTimestamp);
  if (kept.length <= limit) return [];
  return kept
    .toSorted((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b))
    .slice(0, kept.length - limit)
    .filter(
      (replicaSet) =>
        replicaSet.status.replicas === 0 &&
        replicasOf(replicaSet) === 0 &&
        (replicaSet.status.observedGeneration ?? 0) >= (replicaSet.metadata.generation ?? 0),
    );
}
