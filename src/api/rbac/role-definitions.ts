/** Role and ClusterRole, as the API server serves them. */
import { allVerbs } from "../definition-parts.ts";
import type { FieldError } from "../field-error.ts";
import { column, nameColumn } from "../printing/columns.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateKindMetaUpdate, validateObjectMeta } from "../validation/object-meta.ts";
import { type ClusterRole, type Role, rbacGroup } from "./rbac.ts";
import { pathSegmentProblems, validateClusterRole, validateRules } from "./role-validate.ts";

export const roleDefinition: ResourceDefinition<Role> = define("Role", "role", true, (role) =>
  validateRules(role, true),
);
export const clusterRoleDefinition: ResourceDefinition<ClusterRole> = define(
  "ClusterRole",
  "clusterrole",
  false,
  validateClusterRole,
);

function define<T extends Role>(
  kind: string,
  singular: string,
  namespaced: boolean,
  validate: (role: T) => readonly FieldError[],
): ResourceDefinition<T> {
  return {
    group: rbacGroup,
    version: "v1",
    kind,
    plural: `${singular}s`,
    singular,
    shortNames: [],
    categories: [],
    namespaced,
    verbs: allVerbs,
    schema: `io.k8s.api.rbac.v1.${kind}`,
    createOnUpdate: true,
    validateName: pathSegmentProblems,
    default: (role) => ({ ...role, rules: role.rules ?? null }),
    validate,
    validateUpdate: (next, old) => [
      ...validateKindMetaUpdate(next, old),
      ...validateObjectMeta({ namespaced, validateName: pathSegmentProblems }, next),
      ...validate(next),
    ],
    columns: [nameColumn, column("Created At", "When the server stored the object.", "date")],
    cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
  };
}
