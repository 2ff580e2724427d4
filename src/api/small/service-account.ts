/** ServiceAccount, core/v1: who a pod is when it speaks to the API. */
import { allVerbs } from "../definition-parts.ts";
import type { KubeObject, ObjectReference } from "../meta.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateKindMetaUpdate, validateObjectMeta } from "../validation/object-meta.ts";

export interface ServiceAccount extends KubeObject {
  readonly secrets?: readonly ObjectReference[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly automountServiceAccountToken?: boolean;
}

export const serviceAccountDefinition: ResourceDefinition<ServiceAccount> = {
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  singular: "serviceaccount",
  shortNames: ["sa"],
  categories: [],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.core.v1.ServiceAccount",
  deleteReturnsObject: true,
  validateUpdate: (next, old) => [
    ...validateKindMetaUpdate(next, old),
    ...validateObjectMeta({ namespaced: true }, next),
  ],
  columns: [nameColumn, column("Secrets", "How many secrets it names."), ageColumn],
  cells: ({ metadata, secrets = [] }, nowMs) => [
    metadata.name,
    secrets.length,
    age(metadata.creationTimestamp, nowMs),
  ],
};
