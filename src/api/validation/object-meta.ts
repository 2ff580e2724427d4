/** Rules that the metadata of every kind obeys (apimachinery pkg/api/validation/objectmeta.go). */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
} from "../field-error.ts";
import type { KubeObject, ObjectMeta, OwnerReference } from "../meta.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateAnnotations, validateLabels } from "./labels.ts";
import { validateDnsSubdomainName } from "./names.ts";
import { dnsLabelProblems, qualifiedNameProblems } from "./syntax.ts";

type Named = Pick<ResourceDefinition, "namespaced" | "validateName">;

/** All of an object's metadata, names included, as on create. */
export function validateObjectMeta(
  { namespaced, validateName = validateDnsSubdomainName }: Named,
  { metadata }: KubeObject,
): readonly FieldError[] {
  const { name = "", generateName = "", namespace = "", generation = 0 } = metadata;
  const errors = problemsField(
    "metadata.generateName",
    generateName,
    generateName === "" ? [] : validateName(generateName, true),
  );
  if (name === "") errors.push(requiredField("metadata.name", "name or generateName is required"));
  else errors.push(...problemsField("metadata.name", name, validateName(name, false)));
  if (namespaced) {
    if (namespace === "") errors.push(requiredField("metadata.namespace"));
    else errors.push(...problemsField("metadata.namespace", namespace, dnsLabelProblems(namespace)));
  } else if (namespace !== "") errors.push(forbiddenField("metadata.namespace", "not allowed on this type"));
  if (generation < 0) {
    errors.push(invalidField("metadata.generation", generation, "must be greater than or equal to 0"));
  }
  return [
    ...errors,
    ...validateLabels(metadata.labels, "metadata.labels"),
    ...validateAnnotations(metadata.annotations, "metadata.annotations"),
    ...validateOwnerReferences(metadata.ownerReferences ?? []),
    ...validateFinalizers(metadata.finalizers ?? []),
    ...validateFinalizerNames(metadata.finalizers ?? []),
  ];
}

/** What an update of metadata may not change, and the syntax of what it may. */
export function validateObjectMetaUpdate(
  { metadata: next }: KubeObject,
  { metadata: old }: KubeObject,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) errors.push(...validateNoNewFinalizers(next, old));
  if (!next.resourceVersion) {
    errors.push(invalidField("metadata.resourceVersion", "", "must be specified for an update"));
  }
  if ((next.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalidField("metadata.generation", next.generation ?? 0, "must not be decremented"));
  }
  for (const member of immutableMembers) {
    if ((next[member] || undefined) !== (old[member] || undefined)) {
      errors.push(invalidField(`metadata.${member}`, next[member], "field is immutable"));
    }
  }
  return [
    ...errors,
    ...validateLabels(next.labels, "metadata.labels"),
    ...validateAnnotations(next.annotations, "metadata.annotations"),
    ...validateOwnerReferences(next.ownerReferences ?? []),
  ];
}

const immutableMembers = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const satisfies readonly (keyof ObjectMeta)[];

function validateNoNewFinalizers(next: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  const added = (next.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (added.length === 0) return [];
  const shown = [...new Set(added)].sort().map((finalizer) => JSON.stringify(finalizer));
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown.join(", ")}}`;
  return [forbiddenField("metadata.finalizers", detail)];
}

const ownerParts = [
  ["apiVersion", "version must not be empty"],
  ["kind", "must not be empty"],
  ["name", "must not be empty"],
  ["uid", "must not be empty"],
] as const;

function validateOwnerReferences(references: readonly OwnerReference[]): readonly FieldError[] {
  const field = "metadata.ownerReferences";
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references) {
    for (const [part, detail] of ownerParts) {
      if (!reference[part]) errors.push(invalidField(`${field}.${part}`, "", detail));
    }
    if (reference.apiVersion === "v1" && reference.kind === "Event") {
      errors.push(invalidField(field, reference, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = name;
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalidField(field, references, detail));
    }
  }
  return errors;
}

/** `validateObjectMetaUpdate`, and the rule on finalizer names that Kubernetes' own kinds add to it. */
export function validateKindMetaUpdate(next: KubeObject, old: KubeObject): readonly FieldError[] {
  return [...validateObjectMetaUpdate(next, old), ...validateFinalizerNames(next.metadata.finalizers ?? [])];
}

function validateFinalizers(finalizers: readonly string[]): readonly FieldError[] {
  const field = "metadata.finalizers";
  const errors = finalizers.flatMap((finalizer) =>
    problemsField(field, finalizer, qualifiedNameProblems(finalizer)),
  );
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const detail = "finalizer orphan and foregroundDeletion cannot be both set";
    errors.push(invalidField(field, finalizers, detail));
  }
  return errors;
}

const standardFinalizers: readonly string[] = ["kubernetes", "orphan", "foregroundDeletion"];

/** A finalizer without a prefix must be one that Kubernetes itself knows. */
function validateFinalizerNames(finalizers: readonly string[]): readonly FieldError[] {
  return finalizers.flatMap((finalizer, index) => {
    if (finalizer.includes("/") || standardFinalizers.includes(finalizer)) return [];
    const detail = "name is neither a standard finalizer name nor is it fully qualified";
    return [invalidField(`metadata.finalizers[${index}]`, finalizer, detail)];
  });
}
