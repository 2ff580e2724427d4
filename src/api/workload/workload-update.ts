/** What writes of Deployments and ReplicaSets keep, and when their generation grows (kubernetes/pkg/registry/apps). */
import { sameValue } from "../deep-equal.ts";
import type { Deployment, ReplicaSet } from "../workload.ts";

export function prepareDeploymentForCreate(deployment: Deployment): Deployment {
  return { ...deployment, metadata: { ...deployment.metadata, generation: 1 }, status: {} };
}

export function prepareReplicaSetForCreate(set: ReplicaSet): ReplicaSet {
  return { ...set, metadata: { ...set.metadata, generation: 1 }, status: { replicas: 0 } };
}

/** Annotations count as well: a Deployment passes them on to its ReplicaSets. */
export function prepareDeploymentForUpdate(next: Deployment, old: Deployment): Deployment {
  const isSame =
    sameValue(next.spec, old.spec) &&
    sameValue(next.metadata.annotations ?? {}, old.metadata.annotations ?? {});
  return withGeneration({ ...next, status: old.status }, old, isSame);
}

export function prepareReplicaSetForUpdate(next: ReplicaSet, old: ReplicaSet): ReplicaSet {
  return withGeneration({ ...next, status: old.status }, old, sameValue(next.spec, old.spec));
}

function withGeneration<T extends Deployment | ReplicaSet>(next: T, old: T, isSame: boolean): T {
  const { generation = 0 } = old.metadata;
  return { ...next, metadata: { ...next.metadata, generation: isSame ? generation : generation + 1 } };
}

/** A write of a Deployment's status leaves its labels alone too. */
export function prepareDeploymentStatus(next: Deployment, old: Deployment): Deployment {
  const { labels: _, ...metadata } = next.metadata;
  const { labels } = old.metadata;
  return { ...next, metadata: { ...metadata, ...(labels ? { labels } : {}) }, spec: old.spec };
}

export function prepareReplicaSetStatus(next: ReplicaSet, old: ReplicaSet): ReplicaSet {
  return { ...next, spec: old.spec };
}
