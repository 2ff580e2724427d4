/** What a Deployment needs next, on its way to all pods running its template (pkg/controller/deployment). */

import { selectorMatches } from "../../api/label-selector.ts";
import type { Pod } from "../../api/pod.ts";
import type { Deployment, ReplicaSet } from "../../api/workload.ts";
import type { Draft } from "../../client/index.ts";
import { deployments, replicaSets as replicaSetResource } from "../../client/index.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { isPodFinished } from "../conditions.ts";
import { controllerOf, isControlledBy, withOwner, withoutOwner } from "../owner-references.ts";
import { deleteOf, statusOf, updateOf, type Write } from "../writes.ts";
import { deploymentStatus } from "./deployment-status.ts";
import { newReplicaSet } from "./new-replica-set.ts";
import {
  expiredReplicaSets,
  newReplicaSetAnnotations,
  revisionAnnotation,
  revisionOf,
  sizeAnnotations,
} from "./revisions.ts";
import {
  type Limits,
  limitsOf,
  newReplicaCount,
  replicasOf,
  type Scaled,
  scaleDownOld,
  scaleInProportion,
  total,
  wasScaled,
} from "./rolling-update.ts";
import { byAge, findNewReplicaSet } from "./template-hash.ts";

export interface DeploymentState {
  readonly deployment: Deployment;
  /** The ReplicaSets of its namespace. */
  readonly replicaSets: readonly ReplicaSet[];
  /** The pods of its namespace; only Recreate looks at them. */
  readonly pods: readonly Pod[];
  readonly nowMs: number;
}

export interface DeploymentPlan {
  /** A ReplicaSet that is missing. Its name may turn out to be taken by one with another template. */
  readonly create?: Draft<ReplicaSet>;
  /** ReplicaSets that change their size, for Events. */
  readonly scaled: readonly Scaled[];
  readonly writes: readonly Write[];
  /** When the progress deadline passes. */
  readonly againAfterMs?: number | undefined;
}

/** The Deployment's ReplicaSets, oldest first; `fresh` runs its template. */
interface Rollout {
  readonly deployment: Deployment;
  readonly limits: Limits;
  readonly all: readonly ReplicaSet[];
  readonly fresh: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  /** No pod of the old ones is left, not even one that is on its way out. */
  readonly oldGone: boolean;
}

export function reconcileDeployment(state: DeploymentState): DeploymentPlan {
  const { deployment, nowMs } = state;
  const claim = claimReplicaSets(state);
  // The next round sees what was adopted as its own.
  if (claim.writes.length > 0) return { scaled: [], writes: claim.writes };
  const all = claim.owned.toSorted(byAge);
  const limits = limitsOf(deployment);
  const fresh = findNewReplicaSet(deployment, all);
  const old = all.filter((replicaSet) => replicaSet !== fresh);
  const rollout = { deployment, limits, all, fresh, old, oldGone: areGone(old, state.pods) };
  if (deployment.metadata.deletionTimestamp) return { scaled: [], ...statusWrites(rollout, nowMs) };
  const held = deployment.spec.paused === true || wasScaled(limits, all);
  const mayCreate = deployment.spec.strategy?.type !== "Recreate" || rollout.oldGone;
  if (!fresh && !held && mayCreate) {
    const create = newReplicaSet(deployment, old, newReplicaCount(limits, all, 0), limits);
    return { create, scaled: [], writes: [] };
  }
  const scaled = held ? scaleInProportion(limits, all, fresh) : rollOn(rollout);
  const complete = fresh && replicasOf(fresh) === limits.replicas && total(old, replicasOf) === 0;
  const expired = complete || held ? expiredReplicaSets(deployment, old) : [];
  const updates = all
    .filter((replicaSet) => !expired.includes(replicaSet))
    .flatMap((replicaSet) => updateReplicaSet(rollout, replicaSet, scaled));
  const writes = [
    ...updates.map((replicaSet) => updateOf(replicaSetResource, replicaSet)),
    ...expired.map((replicaSet) => deleteOf(replicaSetResource, replicaSet)),
  ];
  const revision = revisionOf(updates.find(({ metadata }) => metadata.uid === fresh?.metadata.uid) ?? fresh);
  if (fresh && revision !== revisionOf(deployment)) {
    // The status is written on top of this, in the next round.
    return { scaled, writes: [...writes, updateOf(deployments, withRevision(deployment, revision))] };
  }
  const status = statusWrites(rollout, nowMs);
  return { scaled, writes: [...writes, ...status.writes], againAfterMs: status.againAfterMs };
}

/** The new ReplicaSet grows as far as the surge allows; when it cannot, the old ones shrink. */
function rollOn({ deployment, limits, fresh, old, all, oldGone }: Rollout): readonly Scaled[] {
  if (deployment.spec.strategy?.type === "Recreate") {
    const down = old.filter((replicaSet) => replicasOf(replicaSet) > 0);
    if (down.length > 0) return down.map((replicaSet) => ({ replicaSet, replicas: 0 }));
    if (!fresh || !oldGone || replicasOf(fresh) === limits.replicas) return [];
    return [{ replicaSet: fresh, replicas: limits.replicas }];
  }
  if (!fresh) return [];
  const wanted = newReplicaCount(limits, all, replicasOf(fresh));
  return wanted === replicasOf(fresh)
    ? scaleDownOld(limits, old, fresh)
    : [{ replicaSet: fresh, replicas: wanted }];
}

function areGone(old: readonly ReplicaSet[], pods: readonly Pod[]): boolean {
  const uids = new Set(old.map(({ metadata }) => metadata.uid));
  const left = pods.some((pod) => !isPodFinished(pod) && uids.has(controllerOf(pod)?.uid ?? ""));
  return total(old, replicasOf) === 0 && !left;
}

/** Returns the ReplicaSet as it should be, or nothing if it is so already. */
function updateReplicaSet(
  { deployment, limits, fresh, old }: Rollout,
  replicaSet: ReplicaSet,
  scaled: readonly Scaled[],
): readonly ReplicaSet[] {
  const resized = scaled.find((scale) => scale.replicaSet === replicaSet);
  const replicas = resized?.replicas ?? replicasOf(replicaSet);
  const present = replicaSet.metadata.annotations ?? {};
  const annotations = {
    ...(replicaSet === fresh && !deployment.spec.paused
      ? newReplicaSetAnnotations(deployment, old, fresh)
      : present),
    ...(replicas > 0 || resized ? sizeAnnotations(limits) : {}),
  };
  const minReadySeconds =
    replicaSet === fresh ? (deployment.spec.minReadySeconds ?? 0) : (replicaSet.spec.minReadySeconds ?? 0);
  const unchanged =
    !resized &&
    minReadySeconds === (replicaSet.spec.minReadySeconds ?? 0) &&
    canonicalJson(annotations) === canonicalJson(present);
  if (unchanged) return [];
  return [
    {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations },
      spec: { ...replicaSet.spec, replicas, minReadySeconds },
    },
  ];
}

function withRevision(deployment: Deployment, revision: number): Deployment {
  const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: String(revision) };
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

function statusWrites(
  { deployment, limits, fresh, all }: Rollout,
  nowMs: number,
): { writes: readonly Write[]; againAfterMs: number | undefined } {
  const { status, againAfterMs } = deploymentStatus({ deployment, limits, fresh, all, nowMs });
  const unchanged = canonicalJson(status) === canonicalJson(deployment.status);
  return { writes: unchanged ? [] : [statusOf(deployments, { ...deployment, status })], againAfterMs };
}

/** Matching ReplicaSets that nobody controls are taken in; those that do not match any more are let go. */
function claimReplicaSets({ deployment, replicaSets }: DeploymentState): {
  readonly owned: readonly ReplicaSet[];
  readonly writes: readonly Write[];
} {
  const owned: ReplicaSet[] = [];
  const writes: Write[] = [];
  const leaving = deployment.metadata.deletionTimestamp !== undefined;
  for (const replicaSet of replicaSets) {
    const matches = selectorMatches(deployment.spec.selector, replicaSet.metadata.labels);
    if (isControlledBy(replicaSet, deployment)) {
      if (matches || leaving) owned.push(replicaSet);
      else writes.push(updateOf(replicaSetResource, withoutOwner(replicaSet, deployment.metadata.uid)));
    } else if (matches && !leaving && !controllerOf(replicaSet) && !replicaSet.metadata.deletionTimestamp) {
      writes.push(updateOf(replicaSetResource, withOwner(replicaSet, deployment)));
    }
  }
  return { owned, writes };
}
