/** ServiceCIDR, networking.k8s.io/v1: a range that Services take their addresses from. */

import { sameValue } from "./deep-equal.ts";
import { allVerbs } from "./definition-parts.ts";
import { type FieldError, invalidField, requiredField } from "./field-error.ts";
import type { Condition, KubeObject } from "./meta.ts";
import { ageColumn, column, nameColumn } from "./printing/columns.ts";
import { age } from "./printing/human-duration.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import { validateCidr } from "./validation/addresses.ts";
import { parseCidr } from "./validation/ip.ts";
import { validateKindMetaUpdate } from "./validation/object-meta.ts";

export interface ServiceCIDR extends KubeObject {
  readonly spec: { readonly cidrs?: readonly string[] };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export const serviceCidrDefinition: ResourceDefinition<ServiceCIDR> = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  singular: "servicecidr",
  shortNames: [],
  categories: [],
  namespaced: false,
  verbs: allVerbs,
  schema: "io.k8s.api.networking.v1.ServiceCIDR",
  prepareForCreate: ({ status: _, ...cidr }) => ({ ...cidr, status: {} }),
  prepareForUpdate: (next, old) => ({ ...next, status: old.status ?? {} }),
  validate: validateServiceCidr,
  validateUpdate: validateServiceCidrUpdate,
  parts: {
    status: { prepare: (next, old) => ({ ...next, spec: old.spec }), validate: validateKindMetaUpdate },
  },
  columns: [nameColumn, column("CIDRs", "The ranges, one of each address family at most."), ageColumn],
  cells: ({ metadata, spec }, nowMs) => [
    metadata.name,
    (spec?.cidrs ?? []).join(","),
    age(metadata.creationTimestamp, nowMs),
  ],
};

/** kubernetes/pkg/apis/networking/validation ValidateServiceCIDR */
function validateServiceCidr({ spec }: ServiceCIDR): readonly FieldError[] {
  const field = "spec.cidrs";
  const cidrs = spec?.cidrs ?? [];
  const shown = { CIDRs: cidrs };
  if (cidrs.length === 0) return [requiredField(field, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalidField(field, shown, "may only hold up to 2 values")];
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.ip.family));
  if (cidrs.length === 2 && (families.size < 2 || families.has(undefined))) {
    const detail = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96";
    return [invalidField(field, shown, detail)];
  }
  return cidrs.flatMap((cidr, index) => validateCidr(cidr, `${field}[${index}]`));
}

/** A range never changes; a second one of the other family may be added. */
function validateServiceCidrUpdate(next: ServiceCIDR, old: ServiceCIDR): readonly FieldError[] {
  const errors = validateKindMetaUpdate(next, old);
  const nextCidrs = next.spec?.cidrs ?? [];
  const oldCidrs = old.spec?.cidrs ?? [];
  if (sameValue(nextCidrs, oldCidrs)) return errors;
  if (oldCidrs.length !== 1 || nextCidrs.length !== 2) {
    return [...errors, invalidField("spec.cidrs", nextCidrs, "field is immutable")];
  }
  const [primary] = nextCidrs;
  const detail = "primary CIDR can not be changed when adding a secondary";
  return [
    ...errors,
    ...(primary === oldCidrs[0] ? [] : [invalidField("spec.cidrs[0]", primary, detail)]),
    ...validateServiceCidr(next),
  ];
}
