/** RoleBinding and ClusterRoleBinding, as the API server serves them. */
import { allVerbs } from "../definition-parts.ts";
import { ageColumn, column, nameColumn, wideColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateKindMetaUpdate, validateObjectMeta } from "../validation/object-meta.ts";
import { type RoleBinding, rbacGroup, type Subject } from "./rbac.ts";
import { pathSegmentProblems, validateBinding, validateRoleRefUpdate } from "./role-validate.ts";

export const roleBindingDefinition = bindingDefinition("RoleBinding", "rolebinding", true);
export const clusterRoleBindingDefinition = bindingDefinition(
  "ClusterRoleBinding",
  "clusterrolebinding",
  false,
);

function bindingDefinition(
  kind: string,
  singular: string,
  namespaced: boolean,
): ResourceDefinition<RoleBinding> {
  const meta = { namespaced, validateName: pathSegmentProblems };
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
    default: defaultBinding,
    validate: (binding) => validateBinding(binding, namespaced),
    validateUpdate: (next, old) => [
      ...validateKindMetaUpdate(next, old),
      ...validateObjectMeta(meta, next),
      ...validateBinding(next, namespaced),
      ...validateRoleRefUpdate(next, old),
    ],
    columns: [
      nameColumn,
      column("Role", "The role that the subjects get."),
      ageColumn,
      wideColumn("Users", "Users who get the role."),
      wideColumn("Groups", "Groups that get the role."),
      wideColumn("ServiceAccounts", "Service accounts that get the role."),
    ],
    cells: ({ metadata, roleRef, subjects }, nowMs) => [
      metadata.name,
      `${roleRef.kind}/${roleRef.name}`,
      age(metadata.creationTimestamp, nowMs),
      ...["User", "Group", "ServiceAccount"].map((wanted) => subjectNames(subjects ?? [], wanted)),
    ],
  };
}

/** kubernetes/pkg/apis/rbac/v1/defaults.go */
function defaultBinding(binding: RoleBinding): RoleBinding {
  const { roleRef, subjects } = binding;
  const isNamed = roleRef !== undefined && roleRef !== null;
  return {
    ...binding,
    roleRef: isNamed
      ? { ...roleRef, apiGroup: roleRef.apiGroup || rbacGroup }
      : { apiGroup: rbacGroup, kind: "", name: "" },
    ...(subjects ? { subjects: subjects.map(defaultSubject) } : {}),
  };
}

function defaultSubject(subject: Subject): Subject {
  return (subject.kind === "User" || subject.kind === "Group") && !subject.apiGroup
    ? { ...subject, apiGroup: rbacGroup }
    : subject;
}

function subjectNames(subjects: readonly Subject[], kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name))
    .join(", ");
}
