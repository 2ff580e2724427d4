/** Defaults of a Namespace, what its writes keep, and what they may say (kubernetes/pkg/registry/core/namespace). */
import type { Namespace } from "../event.ts";
import { type FieldError, invalidField, problemsField } from "../field-error.ts";
import { validateKindMetaUpdate } from "../validation/object-meta.ts";
import { qualifiedNameProblems } from "../validation/syntax.ts";

const nameLabel = "kubernetes.io/metadata.name";

/** Every namespace can be selected by its name. */
export function defaultNamespace(namespace: Namespace): Namespace {
  const { metadata } = namespace;
  const labels = metadata.name ? { ...metadata.labels, [nameLabel]: metadata.name } : metadata.labels;
  return {
    ...namespace,
    metadata: { ...metadata, ...(labels ? { labels } : {}) },
    spec: namespace.spec ?? {},
    status: { ...namespace.status, phase: namespace.status?.phase || "Active" },
  };
}

/** The finalizer holds the namespace until its content is gone. The name may have been generated since the defaults. */
export function prepareNamespaceForCreate(namespace: Namespace): Namespace {
  const finalizers = namespace.spec?.finalizers ?? [];
  const isHeld = finalizers.includes("kubernetes");
  return {
    ...defaultNamespace(namespace),
    spec: { ...namespace.spec, finalizers: isHeld ? finalizers : [...finalizers, "kubernetes"] },
    status: { phase: "Active" },
  };
}

export function prepareNamespaceForUpdate(next: Namespace, old: Namespace): Namespace {
  return { ...next, spec: old.spec ?? {}, status: old.status ?? {} };
}

export function prepareNamespaceStatus(next: Namespace, old: Namespace): Namespace {
  return { ...next, spec: old.spec ?? {} };
}

export function prepareNamespaceFinalize(next: Namespace, old: Namespace): Namespace {
  return { ...next, status: old.status ?? {} };
}

export function validateNamespace({ spec }: Namespace): readonly FieldError[] {
  return (spec?.finalizers ?? []).flatMap((finalizer, index) => {
    const field = "spec.finalizers";
    const errors = problemsField(field, finalizer, qualifiedNameProblems(finalizer));
    if (errors.length > 0 || finalizer.includes("/") || finalizer === "kubernetes") return errors;
    const detail = "name is neither a standard finalizer name nor is it fully qualified";
    return [invalidField(`${field}[${index}]`, finalizer, detail)];
  });
}

export function validateNamespaceFinalize(next: Namespace, old: Namespace): readonly FieldError[] {
  return [...validateKindMetaUpdate(next, old), ...validateNamespace(next)];
}

/** NOTE: Kubernetes writes `status.Phase` with a capital here. */
export function validateNamespaceStatus(next: Namespace, old: Namespace): readonly FieldError[] {
  const errors = validateKindMetaUpdate(next, old);
  const isDeleted = next.metadata.deletionTimestamp !== undefined;
  const needed = isDeleted ? "Terminating" : "Active";
  const phase = next.status?.phase ?? "";
  if (phase === needed) return errors;
  const detail = `may only be '${needed}' if \`deletionTimestamp\` is ${isDeleted ? "not " : ""}empty`;
  return [...errors, invalidField("status.Phase", phase, detail)];
}
