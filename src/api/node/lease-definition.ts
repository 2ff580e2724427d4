/** Lease, coordination.k8s.io/v1, as the API server serves it. */
import { allVerbs } from "../definition-parts.ts";
import { type FieldError, invalidField } from "../field-error.ts";
import type { Lease } from "../node.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateNonNegative } from "../validation/numbers.ts";
import { validateObjectMetaUpdate } from "../validation/object-meta.ts";

export const leaseDefinition: ResourceDefinition<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  singular: "lease",
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.coordination.v1.Lease",
  createOnUpdate: true,
  requiresResourceVersion: true,
  default: (lease) => ({ ...lease, spec: lease.spec ?? {} }),
  prepareForCreate: (lease) => ({ ...lease, spec: withoutElection(lease.spec, {}) }),
  prepareForUpdate: (next, old) => ({ ...next, spec: withoutElection(next.spec, old.spec) }),
  validate: validateLease,
  validateUpdate: (next, old) => [...validateObjectMetaUpdate(next, old), ...validateLease(next)],
  columns: [nameColumn, column("Holder", "Who holds the lease."), ageColumn],
  cells: ({ metadata, spec }, nowMs) => [
    metadata.name,
    spec?.holderIdentity ?? "",
    age(metadata.creationTimestamp, nowMs),
  ],
};

/** Coordinated leader election is behind a feature gate that is off: its fields are dropped, unless they are there already. */
function withoutElection(spec: Lease["spec"], old: Lease["spec"]): Lease["spec"] {
  const { strategy, preferredHolder, ...rest } = spec as LeaseElection;
  const { strategy: oldStrategy, preferredHolder: oldHolder } = old as LeaseElection;
  return {
    ...rest,
    ...(strategy !== undefined && oldStrategy !== undefined ? { strategy } : {}),
    ...(preferredHolder !== undefined && oldHolder !== undefined ? { preferredHolder } : {}),
  } as Lease["spec"];
}

type LeaseElection = Lease["spec"] & { readonly strategy?: string; readonly preferredHolder?: string };

/** kubernetes/pkg/apis/coordination/validation ValidateLeaseSpec */
function validateLease({ spec }: Lease): readonly FieldError[] {
  const seconds = spec.leaseDurationSeconds;
  const field = "spec.leaseDurationSeconds";
  return [
    ...(seconds !== undefined && seconds <= 0
      ? [invalidField(field, seconds, "must be greater than 0")]
      : []),
    ...validateNonNegative(spec.leaseTransitions ?? 0, "spec.leaseTransitions"),
  ];
}
