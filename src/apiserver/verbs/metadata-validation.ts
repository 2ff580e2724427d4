/** Validation of ObjectMeta (apimachinery pkg/api/validation/objectmeta.go). */
import type { FieldError } from "../../api/field-error.ts";
import type { KubeObject, ObjectMeta, OwnerReference } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { labelValueProblems, qualifiedNameProblems } from "../selector/label-syntax.ts";

const annotationsMaxBytes = 256 * 1024;
const standardFinalizers: readonly string[] = ["orphan", "foregroundDeletion"];

export function validateMetadata(
  definition: ResourceDefinition,
  { metadata }: KubeObject,
): readonly FieldError[] {
  return [
    ...validateNames(definition, metadata),
    ...labelErrors(metadata),
    ...annotationErrors(metadata),
    ...ownerReferenceErrors(metadata.ownerReferences ?? []),
    ...finalizerErrors(metadata.finalizers ?? []),
  ];
}

/** What an update may not change. */
export function validateMetadataUpdate(next: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) errors.push(...newFinalizerErrors(next, old));
  for (const field of immutableFields) {
    if ((next[field] ?? undefined) !== (old[field] ?? undefined)) {
      errors.push(invalidField(field, next[field] ?? null, "field is immutable"));
    }
  }
  return errors;
}

const immutableFields = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

function validateNames(definition: ResourceDefinition, metadata: ObjectMeta): readonly FieldError[] {
  const { name, generateName } = metadata;
  const errors: FieldError[] = [];
  if (generateName) {
    for (const problem of nameProblems(definition, generateName, true)) {
      errors.push(invalidField("generateName", generateName, problem));
    }
  }
  if (!name) {
    errors.push({ type: "Required", field: "metadata.name", detail: "name or generateName is required" });
  } else {
    for (const problem of nameProblems(definition, name, false))
      errors.push(invalidField("name", name, problem));
  }
  return errors;
}

const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function nameProblems(definition: ResourceDefinition, name: string, isPrefix: boolean): readonly string[] {
  if (definition.validateName) return definition.validateName(name, isPrefix);
  const tested = isPrefix && name.endsWith("-") ? `${name.slice(0, -1)}a` : name;
  const problems: string[] = [];
  if (tested.length > 253) problems.push("must be no more than 253 bytes");
  if (!subdomainPattern.test(tested)) problems.push(subdomainRule);
  return problems;
}

function labelErrors({ labels = {} }: ObjectMeta): readonly FieldError[] {
  return sortedEntries(labels).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalidField("labels", key, problem)),
    ...labelValueProblems(value).map((problem) => invalidField("labels", value, problem)),
  ]);
}

function annotationErrors({ annotations = {} }: ObjectMeta): readonly FieldError[] {
  const entries = sortedEntries(annotations);
  const errors = entries.flatMap(([key]) =>
    qualifiedNameProblems(key.toLowerCase()).map((problem) => invalidField("annotations", key, problem)),
  );
  let bytes = 0;
  for (const [key, value] of entries) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (bytes <= annotationsMaxBytes) return errors;
  const detail = `may not be more than ${annotationsMaxBytes} bytes`;
  return [...errors, { type: "TooLong", field: "metadata.annotations", detail }];
}

function ownerReferenceErrors(references: readonly OwnerReference[]): readonly FieldError[] {
  const field = "ownerReferences";
  const errors = references.flatMap((reference) =>
    [
      ["apiVersion", reference.apiVersion, "version must not be empty"],
      ["kind", reference.kind, "must not be empty"],
      ["name", reference.name, "must not be empty"],
      ["uid", reference.uid, "must not be empty"],
    ].flatMap(([member, value, detail]) =>
      value ? [] : [invalidField(`${field}.${member}`, "", detail ?? "")],
    ),
  );
  const controllers = references.filter(({ controller }) => controller);
  if (controllers.length < 2) return errors;
  const [first, second] = controllers;
  const detail = `Only one reference can have Controller set to true. Found "true" in references for ${first?.kind}/${first?.name} and ${second?.kind}/${second?.name}`;
  return [...errors, invalidField(field, references, detail)];
}

function finalizerErrors(finalizers: readonly string[]): readonly FieldError[] {
  const syntax = finalizers.flatMap((finalizer, index) => {
    const problems = qualifiedNameProblems(finalizer);
    if (problems.length > 0) return problems.map((problem) => invalidField("finalizers", finalizer, problem));
    if (finalizer.includes("/") || standardFinalizers.includes(finalizer)) return [];
    const detail = "name is neither a standard finalizer name nor is it fully qualified";
    return [invalidField(`finalizers[${index}]`, finalizer, detail)];
  });
  if (!standardFinalizers.every((finalizer) => finalizers.includes(finalizer))) return syntax;
  const detail = "finalizer orphan and foregroundDeletion cannot be both set";
  return [...syntax, invalidField("finalizers", finalizers, detail)];
}

function newFinalizerErrors(next: ObjectMeta, old: ObjectMeta): readonly FieldError[] {
  const added = (next.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (added.length === 0) return [];
  const shown = added.toSorted().map((finalizer) => JSON.stringify(finalizer));
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown.join(", ")}}`;
  return [{ type: "Forbidden", field: "metadata.finalizers", detail }];
}

function invalidField(member: string, value: unknown, detail: string): FieldError {
  return { type: "Invalid", field: `metadata.${member}`, value, detail };
}

function sortedEntries(record: Readonly<Record<string, string>>): readonly [string, string][] {
  return Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
}
