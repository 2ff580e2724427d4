/** ServiceCIDR, networking.k8s.io/v1: a range that Services take their addresses from. */
import { allVerbs } from "./definition-parts.ts";
import type { Condition, KubeObject } from "./meta.ts";
import { ageColumn, column, nameColumn } from "./printing/columns.ts";
import { age } from "./printing/human-duration.ts";
import type { ResourceDefinition } from "./resource-definition.ts";

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
  columns: [nameColumn, column("CIDRs", "The ranges, one of each address family at most."), ageColumn],
  cells: ({ metadata, spec }, nowMs) => [
    metadata.name,
    (spec?.cidrs ?? []).join(","),
    age(metadata.creationTimestamp, nowMs),
  ],
};
