/** Validation of Deployments and ReplicaSets (kubernetes/pkg/apis/apps/validation). */
import { sameValue } from "../deep-equal.ts";
import {
  type FieldError,
  forbiddenField,
  invalidField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import { selectorMatches } from "../label-selector.ts";
import type { LabelSelector } from "../meta.ts";
import { validatePodTemplate } from "../pod/pod-spec-validate.ts";
import type { PodTemplateSpec } from "../pod.ts";
import { selectorIsEmpty, validateLabelSelector } from "../validation/labels.ts";
import { percentOf, validateCountOrPercent, validateNonNegative } from "../validation/numbers.ts";
import { validateKindMetaUpdate } from "../validation/object-meta.ts";
import type { Deployment, ReplicaSet } from "../workload.ts";

export function validateDeployment({ spec }: Deployment): readonly FieldError[] {
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  return [
    ...validateNonNegative(spec.replicas ?? 0, "spec.replicas"),
    ...selectorErrors(spec.selector),
    ...(isUsable(spec.selector) ? templateErrors(spec.template, spec.selector) : []),
    ...strategyErrors(spec.strategy ?? {}),
    ...validateNonNegative(minReadySeconds, "spec.minReadySeconds"),
    ...validateNonNegative(spec.revisionHistoryLimit ?? 0, "spec.revisionHistoryLimit"),
    ...validateNonNegative(deadline ?? 0, "spec.progressDeadlineSeconds"),
    ...(deadline !== undefined && deadline <= minReadySeconds
      ? [invalidField("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")]
      : []),
  ];
}

export function validateReplicaSet({ spec }: ReplicaSet): readonly FieldError[] {
  return [
    ...validateNonNegative(spec.replicas ?? 0, "spec.replicas"),
    ...validateNonNegative(spec.minReadySeconds ?? 0, "spec.minReadySeconds"),
    ...selectorErrors(spec.selector),
    ...(isUsable(spec.selector) ? templateErrors(spec.template, spec.selector) : []),
  ];
}

export function validateDeploymentUpdate(next: Deployment, old: Deployment): readonly FieldError[] {
  return [
    ...validateKindMetaUpdate(next, old),
    ...validateDeployment(next),
    ...selectorChangeErrors(next, old),
  ];
}

export function validateReplicaSetUpdate(next: ReplicaSet, old: ReplicaSet): readonly FieldError[] {
  return [
    ...validateKindMetaUpdate(next, old),
    ...validateReplicaSet(next),
    ...selectorChangeErrors(next, old),
  ];
}

function selectorChangeErrors<T extends Deployment | ReplicaSet>(next: T, old: T): readonly FieldError[] {
  if (sameValue(next.spec.selector, old.spec.selector)) return [];
  return [invalidField("spec.selector", next.spec.selector, "field is immutable")];
}

function selectorErrors(selector: LabelSelector | undefined): readonly FieldError[] {
  const field = "spec.selector";
  if (!selector) return [requiredField(field)];
  if (!isUsable(selector)) {
    const errors = validateLabelSelector(selector, field);
    return [...errors, invalidField(field, selector, "invalid label selector")];
  }
  return selectorIsEmpty(selector)
    ? [invalidField(field, selector, "empty selector is invalid for deployment")]
    : [];
}

/** With a selector that says nothing a template cannot be compared; no selector selects nothing. */
function isUsable(selector: LabelSelector | undefined): boolean {
  return selector === undefined || validateLabelSelector(selector, "").length === 0;
}

function templateErrors(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
): readonly FieldError[] {
  const field = "spec.template";
  if (!template) return [requiredField(field)];
  const errors: FieldError[] = [];
  const labels = template.metadata?.labels;
  if (!selectorMatches(selector, labels ?? {})) {
    const detail = "`selector` does not match template `labels`";
    errors.push(invalidField(`${field}.metadata.labels`, labels ?? null, detail));
  }
  errors.push(...validatePodTemplate(template, field));
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (restartPolicy !== "Always") {
    errors.push(unsupportedField(`${field}.spec.restartPolicy`, restartPolicy, ["Always"]));
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = "activeDeadlineSeconds in ReplicaSet is not Supported";
    errors.push(forbiddenField(`${field}.spec.activeDeadlineSeconds`, detail));
  }
  return errors;
}

type Strategy = NonNullable<Deployment["spec"]["strategy"]>;

function strategyErrors({ type, rollingUpdate }: Strategy): readonly FieldError[] {
  const field = "spec.strategy";
  if (type === "Recreate") {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate ? [forbiddenField(`${field}.rollingUpdate`, detail)] : [];
  }
  if (type !== "RollingUpdate") {
    const shown = { Type: type ?? "", RollingUpdate: rollingUpdate ?? null };
    return [unsupportedField(field, shown, ["Recreate", "RollingUpdate"])];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const at = `${field}.rollingUpdate.maxUnavailable`;
  const errors = [
    ...validateCountOrPercent(maxUnavailable, at),
    ...validateCountOrPercent(maxSurge, `${field}.rollingUpdate.maxSurge`),
  ];
  if (amount(maxUnavailable) === 0 && amount(maxSurge) === 0) {
    errors.push(invalidField(at, maxUnavailable, "may not be 0 when `maxSurge` is 0"));
  }
  if ((percentOf(maxUnavailable) ?? 0) > 100) {
    errors.push(invalidField(at, maxUnavailable, "must not be greater than 100%"));
  }
  return errors;
}

function amount(value: number | string): number {
  return percentOf(value) ?? Number(value);
}

const counts = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "fullyLabeledReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "terminatingReplicas",
  "collisionCount",
];

/** Counts are not negative, and none of the parts is larger than the whole. */
export function validateWorkloadStatus<T extends Deployment | ReplicaSet>(
  next: T,
  old: T,
): readonly FieldError[] {
  const status = next.status as Readonly<Record<string, number | undefined>>;
  const errors = [...validateKindMetaUpdate(next, old)];
  for (const member of counts) errors.push(...validateNonNegative(status[member] ?? 0, `status.${member}`));
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const member of ["updatedReplicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"]) {
    const count = status[member] ?? 0;
    if (count <= replicas) continue;
    errors.push(invalidField(`status.${member}`, count, "cannot be greater than status.replicas"));
  }
  if (availableReplicas > readyReplicas) {
    const detail = "cannot be greater than readyReplicas";
    errors.push(invalidField("status.availableReplicas", availableReplicas, detail));
  }
  return errors;
}
