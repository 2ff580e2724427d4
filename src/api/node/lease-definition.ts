/** Lease, coordination.k8s.io/v1, as the API server serves it. */
import { allVerbs } from "../definition-parts.ts";
import type { Lease } from "../node.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";

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
  columns: [nameColumn, column("Holder", "Who holds the lease."), ageColumn],
  cells: ({ metadata, spec }, nowMs) => [
    metadata.name,
    spec?.holderIdentity ?? "",
    age(metadata.creationTimestamp, nowMs),
  ],
};
