/** ReplicaSet, apps/v1, as the API server serves it. */
import { allVerbs } from "../definition-parts.ts";
import {
  ageColumn,
  column,
  containerCells,
  formatSelector,
  nameColumn,
  templateColumns,
} from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import type { ReplicaSet } from "../workload.ts";
import { templateWarnings } from "./template-warnings.ts";
import { defaultReplicaSet } from "./workload-default.ts";
import {
  prepareReplicaSetForCreate,
  prepareReplicaSetForUpdate,
  prepareReplicaSetStatus,
} from "./workload-update.ts";
import { validateReplicaSet, validateReplicaSetUpdate, validateWorkloadStatus } from "./workload-validate.ts";

export const replicaSetDefinition: ResourceDefinition<ReplicaSet> = {
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  singular: "replicaset",
  shortNames: ["rs"],
  categories: ["all"],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.apps.v1.ReplicaSet",
  default: defaultReplicaSet,
  prepareForCreate: prepareReplicaSetForCreate,
  prepareForUpdate: prepareReplicaSetForUpdate,
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  parts: { status: { prepare: prepareReplicaSetStatus, validate: validateWorkloadStatus } },
  warnings: templateWarnings,
  columns: [
    nameColumn,
    column("Desired", "How many pods are wanted.", "integer"),
    column("Current", "How many pods there are.", "integer"),
    column("Ready", "How many pods are ready.", "integer"),
    ageColumn,
    ...templateColumns,
  ],
  cells: ({ metadata, spec, status }, nowMs) => [
    metadata.name,
    spec.replicas ?? 0,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    age(metadata.creationTimestamp, nowMs),
    ...containerCells(spec.template?.spec?.containers),
    formatSelector(spec.selector),
  ],
  selectableFields: {
    "status.replicas": ({ status }) => String(status?.replicas ?? 0),
  },
};
