/** Deployment, apps/v1, as the API server serves it. */
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
import type { Deployment } from "../workload.ts";
import { templateWarnings } from "./template-warnings.ts";
import { defaultDeployment } from "./workload-default.ts";
import {
  prepareDeploymentForCreate,
  prepareDeploymentForUpdate,
  prepareDeploymentStatus,
} from "./workload-update.ts";
import { validateDeployment, validateDeploymentUpdate, validateWorkloadStatus } from "./workload-validate.ts";

export const deploymentDefinition: ResourceDefinition<Deployment> = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  singular: "deployment",
  shortNames: ["deploy"],
  categories: ["all"],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.apps.v1.Deployment",
  default: defaultDeployment,
  prepareForCreate: prepareDeploymentForCreate,
  prepareForUpdate: prepareDeploymentForUpdate,
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  parts: { status: { prepare: prepareDeploymentStatus, validate: validateWorkloadStatus } },
  warnings: templateWarnings,
  columns: [
    nameColumn,
    column("Ready", "How many of the wanted pods are ready."),
    column("Up-to-date", "How many pods have the newest template."),
    column("Available", "How many pods have been ready for minReadySeconds."),
    ageColumn,
    ...templateColumns,
  ],
  cells: ({ metadata, spec, status }, nowMs) => [
    metadata.name,
    `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    status?.updatedReplicas ?? 0,
    status?.availableReplicas ?? 0,
    age(metadata.creationTimestamp, nowMs),
    ...containerCells(spec.template.spec?.containers),
    formatSelector(spec.selector),
  ],
};
