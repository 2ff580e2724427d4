/** Rolls Deployments out through ReplicaSets. */

import { selectorMatches } from "../../api/label-selector.ts";
import type { Deployment, ReplicaSet } from "../../api/workload.ts";
import {
  type Draft,
  deployments,
  isAlreadyExists,
  isNamespaceTerminating,
  objectKey,
  replicaSets,
} from "../../client/index.ts";
import type { ControllerContext } from "../controller-context.ts";
import { indexByNamespace } from "../namespace-index.ts";
import { controllerOf, isControlledBy } from "../owner-references.ts";
import { createWorkQueue } from "../work-queue.ts";
import { applyWrites, statusOf } from "../writes.ts";
import { type DeploymentPlan, reconcileDeployment } from "./reconcile-deployment.ts";
import { replicasOf } from "./rolling-update.ts";
import { findNewReplicaSet } from "./template-hash.ts";

export function startDeploymentController(context: ControllerContext): void {
  const { caches, client, clock, signal } = context;
  const replicaSetIndex = indexByNamespace(caches.replicaSets);
  const podIndex = indexByNamespace(caches.pods);
  const deploymentIndex = indexByNamespace(caches.deployments);

  const queue = createWorkQueue({
    ...context,
    name: "deployment",
    async sync(key) {
      const deployment = caches.deployments.items().get(key);
      if (!deployment) return undefined;
      const namespace = deployment.metadata.namespace ?? "";
      const plan = reconcileDeployment({
        deployment,
        replicaSets: replicaSetIndex.in(namespace),
        pods: podIndex.in(namespace),
        nowMs: clock.now(),
      });
      if (plan.create) await createReplicaSet(context, deployment, plan.create);
      await applyWrites(client, caches, plan.writes, signal);
      reportScaling(context, deployment, plan);
      return plan.againAfterMs;
    },
  });

  const addOwnerOf = (replicaSet: ReplicaSet) => {
    const { namespace, labels } = replicaSet.metadata;
    const owner = controllerOf(replicaSet);
    if (owner) {
      if (owner.kind === "Deployment") queue.add(`${namespace}/${owner.name}`);
      return;
    }
    for (const { metadata, spec } of deploymentIndex.in(namespace ?? "")) {
      if (selectorMatches(spec.selector, labels)) queue.add(objectKey(metadata));
    }
  };
  caches.deployments.subscribe(({ added, updated }) => {
    for (const { metadata } of added) queue.add(objectKey(metadata));
    for (const { next } of updated) queue.add(objectKey(next.metadata));
  });
  caches.replicaSets.subscribe(({ added, updated, deleted }) => {
    for (const replicaSet of [...added, ...deleted]) addOwnerOf(replicaSet);
    for (const { previous, next } of updated) {
      addOwnerOf(next);
      if (controllerOf(previous)?.uid !== controllerOf(next)?.uid) addOwnerOf(previous);
    }
  });
  // Recreate waits until the last old pod is gone.
  caches.pods.subscribe(({ updated, deleted }) => {
    for (const pod of [...deleted, ...updated.map(({ next }) => next)]) {
      const owner = controllerOf(pod);
      if (owner?.kind !== "ReplicaSet") continue;
      const replicaSet = caches.replicaSets.items().get(`${pod.metadata.namespace}/${owner.name}`);
      const deployment = replicaSet && deploymentOf(context, replicaSet);
      if (deployment?.spec.strategy?.type === "Recreate") queue.add(objectKey(deployment.metadata));
    }
  });
}

function deploymentOf({ caches }: ControllerContext, replicaSet: ReplicaSet): Deployment | undefined {
  const owner = controllerOf(replicaSet);
  return owner?.kind === "Deployment"
    ? caches.deployments.items().get(`${replicaSet.metadata.namespace}/${owner.name}`)
    : undefined;
}

/** A name that is taken by a ReplicaSet of another template makes the next hash another one. */
async function createReplicaSet(
  { client, caches, events, signal }: ControllerContext,
  deployment: Deployment,
  draft: Draft<ReplicaSet>,
): Promise<void> {
  try {
    const created = await client.create(replicaSets, draft, { signal });
    caches.replicaSets.note(created);
    const message = `Scaled up replica set ${created.metadata.name} from 0 to ${replicasOf(created)}`;
    events.record({ about: deployment, type: "Normal", reason: "ScalingReplicaSet", message });
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    if (!isAlreadyExists(error)) throw error;
    const { name = "", namespace = "" } = draft.metadata ?? {};
    const present = await client.get(replicaSets, { name, namespace }, signal);
    if (present && isControlledBy(present, deployment) && findNewReplicaSet(deployment, [present])) {
      caches.replicaSets.note(present);
      return;
    }
    const status = { ...deployment.status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 };
    await applyWrites(client, caches, [statusOf(deployments, { ...deployment, status })], signal);
  }
}

function reportScaling(
  { events }: ControllerContext,
  deployment: Deployment,
  { scaled }: DeploymentPlan,
): void {
  for (const { replicaSet, replicas } of scaled) {
    const before = replicasOf(replicaSet);
    const message = `Scaled ${replicas > before ? "up" : "down"} replica set ${replicaSet.metadata.name} from ${before} to ${replicas}`;
    events.record({ about: deployment, type: "Normal", reason: "ScalingReplicaSet", message });
  }
}
