/** Defaults of Deployments and ReplicaSets (kubernetes/pkg/apis/apps/v1/defaults.go). */
import { defaultPodTemplate } from "../pod/pod-template-default.ts";
import type { Deployment, ReplicaSet } from "../workload.ts";

export function defaultDeployment(deployment: Deployment): Deployment {
  const spec = deployment.spec ?? {};
  const type = spec.strategy?.type || "RollingUpdate";
  const rollingUpdate = { maxUnavailable: "25%", maxSurge: "25%", ...present(spec.strategy?.rollingUpdate) };
  return {
    ...deployment,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      template: defaultPodTemplate(spec.template),
      strategy: { ...spec.strategy, type, ...(type === "RollingUpdate" ? { rollingUpdate } : {}) },
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
      progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
    },
    status: deployment.status ?? {},
  };
}

/** Without members that are null or undefined. */
function present<T extends object>(given: T | null | undefined): Partial<T> {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

export function defaultReplicaSet(set: ReplicaSet): ReplicaSet {
  const spec = set.spec ?? {};
  return {
    ...set,
    spec: { ...spec, replicas: spec.replicas ?? 1, template: defaultPodTemplate(spec.template) },
    status: { ...set.status, replicas: set.status?.replicas ?? 0 },
  };
}
