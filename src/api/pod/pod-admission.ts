/** What admission refuses before a pod is validated (kubernetes/plugin/pkg/admission/priority, runtimeclass). */
import type { Pod } from "../pod.ts";

const priorities: Readonly<Record<string, number>> = {
  "system-node-critical": 2_000_001_000,
  "system-cluster-critical": 2_000_000_000,
};
const policyOfAll = "PreemptLowerPriority";

export function priorityOf(className: string): number | undefined {
  return className === "" ? 0 : priorities[className];
}

/** The reason, or undefined. NOTE: a cluster has the two classes that Kubernetes makes itself, and no runtime classes. */
export function podRefusal({ spec }: Pod): string | undefined {
  const { priorityClassName = "", priority, preemptionPolicy, runtimeClassName } = spec;
  const computed = priorityOf(priorityClassName);
  if (computed === undefined) return `no PriorityClass with name ${priorityClassName} was found`;
  if (priority !== undefined && priority !== computed) {
    return `the integer value of priority (${priority}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
  }
  if (preemptionPolicy !== undefined && preemptionPolicy !== policyOfAll) {
    return `the string value of PreemptionPolicy (${preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policyOfAll} from the given PriorityClass name`;
  }
  return runtimeClassName === undefined
    ? undefined
    : `pod rejected: RuntimeClass ${JSON.stringify(runtimeClassName)} not found`;
}
