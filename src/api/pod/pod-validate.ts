/** Validation of a Pod, its updates and its status (kubernetes/pkg/apis/core/validation ValidatePodUpdate). */
import { sameValue } from "../deep-equal.ts";
import { type FieldError, forbiddenField, invalidField } from "../field-error.ts";
import type { Container, Pod, PodSpec, Toleration } from "../pod.ts";
import { validateKindMetaUpdate, validateObjectMeta } from "../validation/object-meta.ts";
import { validatePodSpec } from "./pod-spec-validate.ts";

export function validatePod(pod: Pod): readonly FieldError[] {
  return validatePodSpec(pod.spec, "spec");
}

/** Of a pod's spec an update may change images, add tolerations, and shorten deadlines; nothing else. */
export function validatePodUpdate(next: Pod, old: Pod): readonly FieldError[] {
  const errors = [
    ...validateKindMetaUpdate(next, old),
    ...validateObjectMeta({ namespaced: true }, next),
    ...validatePod(next),
  ];
  for (const member of ["containers", "initContainers"] as const) {
    if ((next.spec[member]?.length ?? 0) === (old.spec[member]?.length ?? 0)) continue;
    const detail = "pod updates may not add or remove containers";
    return [...errors, forbiddenField(`spec.${member}`, detail)];
  }
  errors.push(
    ...gateErrors(next.spec, old.spec),
    ...deadlineErrors(next.spec, old.spec),
    ...tolerationErrors(next.spec, old.spec),
  );
  const changed = changedMembers(withMutablePart(next.spec, old.spec), old.spec);
  if (changed.length > 0)
    errors.push(forbiddenField("spec", `${immutable}\n${describe(next, old, changed)}`));
  return errors;
}

const immutable =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

function describe({ spec: next }: Pod, { spec: old }: Pod, changed: readonly (keyof PodSpec)[]): string {
  const lines = changed.map(
    (member) => `  spec.${member}: ${JSON.stringify(old[member])} -> ${JSON.stringify(next[member])}`,
  );
  return lines.join("\n");
}

/** The new spec as it would be if what may change had not. */
function withMutablePart(next: PodSpec, old: PodSpec): PodSpec {
  return {
    ...next,
    containers: withOldImages(next.containers, old.containers),
    ...(next.initContainers
      ? { initContainers: withOldImages(next.initContainers, old.initContainers ?? []) }
      : {}),
    ...kept(old, "activeDeadlineSeconds"),
    ...kept(old, "tolerations"),
    ...kept(old, "schedulingGates"),
    ...((old.terminationGracePeriodSeconds ?? 0) < 0 && next.terminationGracePeriodSeconds === 1
      ? kept(old, "terminationGracePeriodSeconds")
      : {}),
  } as PodSpec;
}

function kept(old: PodSpec, member: keyof PodSpec): object {
  return { [member]: old[member] };
}

function withOldImages(next: readonly Container[], old: readonly Container[]): readonly Container[] {
  return next.map((container, index) => ({ ...container, image: old[index]?.image ?? "" }));
}

function changedMembers(next: PodSpec, old: PodSpec): readonly (keyof PodSpec)[] {
  const members = new Set([...Object.keys(next), ...Object.keys(old)]) as Set<keyof PodSpec>;
  return [...members].filter((member) => !sameValue(next[member], old[member]));
}

/** Gates are lifted one by one; a pod that may be scheduled is never held back again. */
function gateErrors(next: PodSpec, old: PodSpec): readonly FieldError[] {
  return (next.schedulingGates ?? []).flatMap(({ name }, index) => {
    if (old.schedulingGates?.some((gate) => gate.name === name)) return [];
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [forbiddenField(`spec.schedulingGates[${index}].name`, detail)];
  });
}

function deadlineErrors(next: PodSpec, old: PodSpec): readonly FieldError[] {
  const field = "spec.activeDeadlineSeconds";
  const nextSeconds = next.activeDeadlineSeconds;
  const oldSeconds = old.activeDeadlineSeconds;
  if (oldSeconds === undefined) return [];
  if (nextSeconds === undefined) {
    return [invalidField(field, undefined, "must not update from a positive integer to nil value")];
  }
  return nextSeconds > oldSeconds
    ? [invalidField(field, nextSeconds, "must be less than or equal to previous value")]
    : [];
}

function tolerationErrors(next: PodSpec, old: PodSpec): readonly FieldError[] {
  const isKept = (old.tolerations ?? []).every((toleration) =>
    (next.tolerations ?? []).some((one) => sameValue(withoutSeconds(one), withoutSeconds(toleration))),
  );
  const detail = "existing toleration can not be modified except its tolerationSeconds";
  return isKept ? [] : [forbiddenField("spec.tolerations", detail)];
}

function withoutSeconds(toleration: Toleration): object {
  return { ...toleration, tolerationSeconds: undefined };
}
