/** A Deployment's status: counts and conditions (pkg/controller/deployment/progress.go, sync.go). */
import type { Deployment, DeploymentCondition, ReplicaSet } from "../../api/workload.ts";
import { formatTime, parseTime } from "../../lib/rfc3339.ts";
import { findCondition, withCondition } from "../conditions.ts";
import { revisionHistoryAnnotation } from "./revisions.ts";
import { availableOf, type Limits, total } from "./rolling-update.ts";

type Status = Deployment["status"];

export interface StatusInput {
  readonly deployment: Deployment;
  readonly limits: Limits;
  readonly fresh: ReplicaSet | undefined;
  /** All ReplicaSets, the fresh one too. */
  readonly all: readonly ReplicaSet[];
  readonly nowMs: number;
}

export interface StatusPlan {
  readonly status: Status;
  /** When the progress deadline passes. */
  readonly againAfterMs: number | undefined;
}

export function deploymentStatus(input: StatusInput): StatusPlan {
  const { deployment, fresh, all, limits } = input;
  const replicas = total(all, ({ status }) => status.replicas);
  const available = total(all, availableOf);
  const counts = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas,
    updatedReplicas: fresh?.status.replicas ?? 0,
    readyReplicas: total(all, ({ status }) => status.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(total(all, ({ spec }) => spec.replicas ?? 1) - available, 0),
    terminatingReplicas: total(all, ({ status }) => status.terminatingReplicas ?? 0),
  };
  const status = { ...deployment.status, ...counts };
  const now = formatTime(input.nowMs);
  let conditions = set(
    status.conditions,
    availableCondition(available >= limits.replicas - limits.maxUnavailable),
    now,
  );
  conditions = replicaFailure(conditions, fresh, all, now);
  const progress = progressCondition(input, { ...status, conditions });
  if (progress.condition) conditions = set(conditions, progress.condition, now, progress.moved);
  return { status: { ...status, conditions }, againAfterMs: progress.againAfterMs };
}

type Draft = Pick<DeploymentCondition, "type" | "status" | "reason" | "message">;

/** A condition keeps its transition time while its status stays, and is left as it is while nothing but time changes. */
function set(
  conditions: readonly DeploymentCondition[] | undefined,
  next: Draft,
  now: string,
  moved = false,
): readonly DeploymentCondition[] {
  const present = findCondition(conditions, next.type);
  if (present?.status === next.status && present.reason === next.reason && !moved) return conditions ?? [];
  const lastTransitionTime = present?.status === next.status ? (present.lastTransitionTime ?? now) : now;
  return withCondition(conditions, { ...next, lastUpdateTime: now, lastTransitionTime });
}

function availableCondition(isAvailable: boolean): Draft {
  return isAvailable
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

function replicaFailure(
  conditions: readonly DeploymentCondition[],
  fresh: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  now: string,
): readonly DeploymentCondition[] {
  const failing = [fresh, ...all].map((replicaSet) =>
    findCondition(replicaSet?.status.conditions, "ReplicaFailure"),
  );
  const failure = failing.find((condition) => condition?.status === "True");
  if (!failure) return conditions.filter(({ type }) => type !== "ReplicaFailure");
  const { reason = "", message = "" } = failure;
  return set(conditions, { type: "ReplicaFailure", status: "True", reason, message }, now);
}

interface Progress {
  readonly condition?: Draft;
  /** Something happened: the deadline starts anew. */
  readonly moved?: boolean;
  readonly againAfterMs: number | undefined;
}

/** 2^31 - 1 seconds: none. */
const noDeadline = 2 ** 31 - 1;

function progressCondition(input: StatusInput, status: Status): Progress {
  const { deployment, fresh, nowMs } = input;
  const deadlineSeconds = deployment.spec.progressDeadlineSeconds ?? 600;
  const what = fresh ? `ReplicaSet "${fresh.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const present = findCondition(deployment.status.conditions, "Progressing");
  const draft = (reason: string, message: string, truth: Draft["status"] = "True"): Draft => ({
    type: "Progressing",
    status: truth,
    reason,
    message,
  });
  if (deadlineSeconds === noDeadline) return { againAfterMs: undefined };
  if (deployment.spec.paused) {
    if (present?.reason === "ProgressDeadlineExceeded") return { againAfterMs: undefined };
    return {
      condition: draft("DeploymentPaused", "Deployment is paused", "Unknown"),
      againAfterMs: undefined,
    };
  }
  if (isComplete(input, status)) {
    const condition = draft("NewReplicaSetAvailable", `${what} has successfully progressed.`);
    return { condition, againAfterMs: undefined };
  }
  const started = startOfRollout(fresh, present);
  if (started) return { condition: draft(...started), moved: true, againAfterMs: deadlineSeconds * 1000 };
  if (hasProgressed(deployment.status, status) || !present || present.reason === "DeploymentPaused") {
    const condition = draft("ReplicaSetUpdated", `${what} is progressing.`);
    return { condition, moved: true, againAfterMs: deadlineSeconds * 1000 };
  }
  // Pods that are lost after a rollout is complete do not make it one that is stuck.
  if (present.reason === "NewReplicaSetAvailable" || present.reason === "ProgressDeadlineExceeded") {
    return { againAfterMs: undefined };
  }
  const leftMs = (parseTime(present.lastUpdateTime) ?? nowMs) + deadlineSeconds * 1000 - nowMs;
  if (leftMs > 0) return { againAfterMs: leftMs };
  const condition = draft("ProgressDeadlineExceeded", `${what} has timed out progressing.`, "False");
  return { condition, againAfterMs: undefined };
}

/** Returns reason and message if the condition does not speak of the ReplicaSet that is rolled out now. */
function startOfRollout(
  fresh: ReplicaSet | undefined,
  present: DeploymentCondition | undefined,
): [reason: string, message: string] | undefined {
  if (!fresh || present?.message?.includes(`"${fresh.metadata.name}"`)) return undefined;
  const name = `"${fresh.metadata.name}"`;
  return fresh.metadata.annotations?.[revisionHistoryAnnotation]
    ? ["FoundNewReplicaSet", `Found new replica set ${name}`]
    : ["NewReplicaSetCreated", `Created new replica set ${name}`];
}

function isComplete({ deployment, limits }: StatusInput, status: Status): boolean {
  const { updatedReplicas, replicas, availableReplicas, observedGeneration } = status;
  return (
    updatedReplicas === limits.replicas &&
    replicas === limits.replicas &&
    availableReplicas === limits.replicas &&
    (observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(old: Status, next: Status): boolean {
  const oldReplicas = (status: Status) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    oldReplicas(next) < oldReplicas(old) ||
    (next.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}
