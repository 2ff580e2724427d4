/** The numbers of a rolling update (kubernetes pkg/controller/deployment/util/deployment_util.go, rolling.go, sync.go). */
import type { Deployment, ReplicaSet } from "../../api/workload.ts";
import { byAge } from "./template-hash.ts";

export const desiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas";
export const maxReplicasAnnotation = "deployment.kubernetes.io/max-replicas";

export interface Limits {
  readonly replicas: number;
  /** So many pods more than that may be there for a while, */
  readonly maxSurge: number;
  /** and so many may be unavailable. */
  readonly maxUnavailable: number;
}

/** A ReplicaSet and how many replicas it is to have. */
export interface Scaled {
  readonly replicaSet: ReplicaSet;
  readonly replicas: number;
}

/** Percentages are of the replicas; a surge is rounded up, what is unavailable down. One of the two is never 0. */
export function limitsOf({ spec }: Deployment): Limits {
  const replicas = spec.replicas ?? 1;
  if (spec.strategy?.type === "Recreate") return { replicas, maxSurge: 0, maxUnavailable: replicas };
  const { maxSurge = "25%", maxUnavailable = "25%" } = spec.strategy?.rollingUpdate ?? {};
  const surge = numberOf(maxSurge, replicas, Math.ceil);
  const unavailable = numberOf(maxUnavailable, replicas, Math.floor);
  if (surge === 0 && unavailable === 0) return { replicas, maxSurge: 0, maxUnavailable: 1 };
  return { replicas, maxSurge: surge, maxUnavailable: Math.min(unavailable, replicas) };
}

function numberOf(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  return round((Number.parseInt(value, 10) * total) / 100) || 0;
}

export const replicasOf = ({ spec }: ReplicaSet): number => spec.replicas ?? 1;
export const availableOf = ({ status }: ReplicaSet): number => status.availableReplicas ?? 0;

export function total(replicaSets: readonly ReplicaSet[], count: (replicaSet: ReplicaSet) => number): number {
  return replicaSets.reduce((sum, replicaSet) => sum + count(replicaSet), 0);
}

/** How many replicas a new ReplicaSet may have now, given all of the Deployment's (it may be among them). */
export function newReplicaCount(limits: Limits, all: readonly ReplicaSet[], current: number): number {
  const room = limits.replicas + limits.maxSurge - total(all, replicasOf);
  if (room <= 0) return Math.min(current, limits.replicas);
  return Math.min(current + room, limits.replicas);
}

/** How far the old ReplicaSets may shrink now: first what is not available anyhow, then as availability allows. */
export function scaleDownOld(
  limits: Limits,
  old: readonly ReplicaSet[],
  fresh: ReplicaSet,
): readonly Scaled[] {
  const oldCount = total(old, replicasOf);
  if (oldCount === 0) return [];
  const minAvailable = limits.replicas - limits.maxUnavailable;
  const newUnavailable = replicasOf(fresh) - availableOf(fresh);
  const maxCleanup = oldCount + replicasOf(fresh) - minAvailable - newUnavailable;
  if (maxCleanup <= 0) return [];
  const sizes = new Map(old.toSorted(byAge).map((replicaSet) => [replicaSet, replicasOf(replicaSet)]));
  let cleanup = maxCleanup;
  for (const [replicaSet, size] of sizes) {
    const unhealthy = Math.min(cleanup, Math.max(size - availableOf(replicaSet), 0));
    sizes.set(replicaSet, size - unhealthy);
    cleanup -= unhealthy;
  }
  let spare = total(old, availableOf) + availableOf(fresh) - minAvailable;
  for (const [replicaSet, size] of sizes) {
    const down = Math.max(Math.min(spare, size), 0);
    sizes.set(replicaSet, size - down);
    spare -= down;
  }
  return changedSizes(sizes);
}

/** True if the Deployment's own number of replicas has changed since its ReplicaSets were sized. */
export function wasScaled({ replicas }: Limits, all: readonly ReplicaSet[]): boolean {
  return all.some((replicaSet) => {
    const desired = replicaSet.metadata.annotations?.[desiredReplicasAnnotation];
    return replicasOf(replicaSet) > 0 && desired !== undefined && Number(desired) !== replicas;
  });
}

/** In the middle of a rollout all ReplicaSets grow or shrink in proportion, so that scaling does not hasten the rollout. */
export function scaleInProportion(
  limits: Limits,
  all: readonly ReplicaSet[],
  fresh: ReplicaSet | undefined,
): readonly Scaled[] {
  const active = all.filter((replicaSet) => replicasOf(replicaSet) > 0);
  const only = active.length <= 1 ? (active[0] ?? fresh) : undefined;
  if (only || active.length === 0) {
    return only && replicasOf(only) !== limits.replicas
      ? [{ replicaSet: only, replicas: limits.replicas }]
      : [];
  }
  if (fresh && replicasOf(fresh) === limits.replicas && availableOf(fresh) === limits.replicas) {
    const old = active.filter((replicaSet) => replicaSet !== fresh);
    return old.map((replicaSet) => ({ replicaSet, replicas: 0 }));
  }
  const allowed = limits.replicas > 0 ? limits.replicas + limits.maxSurge : 0;
  let toAdd = allowed - total(active, replicasOf);
  // The largest first, so that rounding hurts least; of equal ones the newest when growing, the oldest when shrinking.
  const age = (a: ReplicaSet, b: ReplicaSet) => (toAdd > 0 ? byAge(b, a) : byAge(a, b));
  const ordered = active.toSorted((a, b) => replicasOf(b) - replicasOf(a) || age(a, b));
  const sizes = new Map(ordered.map((replicaSet) => [replicaSet, replicasOf(replicaSet)]));
  for (const [replicaSet, size] of sizes) {
    if (toAdd === 0) break;
    const before = Number(replicaSet.metadata.annotations?.[maxReplicasAnnotation]) || limits.replicas;
    const share = Math.round((size * allowed) / before) - size;
    const part = toAdd > 0 ? Math.min(Math.max(share, 0), toAdd) : Math.max(Math.min(share, 0), toAdd);
    sizes.set(replicaSet, size + part);
    toAdd -= part;
  }
  const [largest] = ordered;
  if (largest) sizes.set(largest, Math.max((sizes.get(largest) ?? 0) + toAdd, 0));
  return changedSizes(sizes);
}

function changedSizes(sizes: ReadonlyMap<ReplicaSet, number>): readonly Scaled[] {
  return [...sizes].flatMap(([replicaSet, replicas]) =>
    replicas === replicasOf(replicaSet) ? [] : [{ replicaSet, replicas }],
  );
}
