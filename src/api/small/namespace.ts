/** Namespace, core/v1, as the API server serves it. */
import type { Namespace } from "../event.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";

import { validateDnsLabelName } from "../validation/names.ts";
import { validateKindMetaUpdate } from "../validation/object-meta.ts";
import {
  defaultNamespace,
  prepareNamespaceFinalize,
  prepareNamespaceForCreate,
  prepareNamespaceForUpdate,
  prepareNamespaceStatus,
  validateNamespace,
  validateNamespaceFinalize,
  validateNamespaceStatus,
} from "./namespace-rules.ts";

export const namespaceDefinition: ResourceDefinition<Namespace> = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  categories: [],
  namespaced: false,
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  schema: "io.k8s.api.core.v1.Namespace",
  default: defaultNamespace,
  prepareForCreate: prepareNamespaceForCreate,
  prepareForUpdate: prepareNamespaceForUpdate,
  validate: validateNamespace,
  validateUpdate: validateKindMetaUpdate,
  validateName: validateDnsLabelName,
  parts: {
    status: { prepare: prepareNamespaceStatus, validate: validateNamespaceStatus },
    finalize: { prepare: prepareNamespaceFinalize, validate: validateNamespaceFinalize },
  },
  columns: [nameColumn, column("Status", "Active, or Terminating."), ageColumn],
  cells: ({ metadata, status }, nowMs) => [
    metadata.name,
    status?.phase ?? "",
    age(metadata.creationTimestamp, nowMs),
  ],
  selectableFields: {
    "status.phase": ({ status }) => status?.phase ?? "",
    name: ({ metadata }) => metadata.name,
  },
};
