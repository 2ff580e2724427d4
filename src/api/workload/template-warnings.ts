/** Warnings of a pod template, when it is new or its workload has changed (kubernetes/pkg/registry/apps/deployment/strategy.go). */
import { podWarnings } from "../pod/pod-warnings.ts";
import type { Deployment, ReplicaSet } from "../workload.ts";

export function templateWarnings<T extends Deployment | ReplicaSet>(
  next: T,
  old: T | undefined,
): readonly string[] {
  if (old && next.metadata.generation === old.metadata.generation) return [];
  const spec = next.spec.template?.spec;
  return spec ? podWarnings(spec, "spec.template.spec") : [];
}
