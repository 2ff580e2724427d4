/** What is wrong with roles and bindings, in the words of kubernetes/pkg/apis/rbac/validation. */
import { sameValue } from "../deep-equal.ts";
import {
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import { dnsSubdomainProblems } from "../validation/syntax.ts";
import { type ClusterRole, type PolicyRule, type RoleBinding, rbacGroup, type Subject } from "./rbac.ts";

/** Names are segments of a path and nothing more, so that they may hold colons (apimachinery path.IsValidPathSegmentName). */
export function pathSegmentProblems(name: string, isPrefix = false): readonly string[] {
  if (!isPrefix && (name === "." || name === "..")) return [`may not be '${name}'`];
  return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}

export function validateRules(
  { rules }: { readonly rules?: readonly PolicyRule[] | null },
  namespaced: boolean,
): readonly FieldError[] {
  return (rules ?? []).flatMap((rule, index) => validateRule(rule, namespaced, `rules[${index}]`));
}

function validateRule(
  { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule,
  namespaced: boolean,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((verbs ?? []).length === 0)
    errors.push(requiredField(`${path}.verbs`, "verbs must contain at least one value"));
  if (nonResourceURLs.length > 0) {
    const field = `${path}.nonResourceURLs`;
    if (namespaced)
      errors.push(invalidField(field, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"));
    if (apiGroups.length + resources.length + resourceNames.length > 0)
      errors.push(
        invalidField(
          field,
          nonResourceURLs,
          "rules cannot apply to both regular resources and non-resource URLs",
        ),
      );
    return errors;
  }
  if (apiGroups.length === 0)
    errors.push(requiredField(`${path}.apiGroups`, "resource rules must supply at least one api group"));
  if (resources.length === 0)
    errors.push(requiredField(`${path}.resources`, "resource rules must supply at least one resource"));
  return errors;
}

export function validateClusterRole(role: ClusterRole): readonly FieldError[] {
  const errors = [...validateRules(role, false)];
  if (role.aggregationRule && (role.aggregationRule.clusterRoleSelectors ?? []).length === 0) {
    const detail = "at least one clusterRoleSelector required if aggregationRule is non-nil";
    errors.push(requiredField("aggregationRule.clusterRoleSelectors", detail));
  }
  return errors;
}

export function validateBinding(binding: RoleBinding, namespaced: boolean): readonly FieldError[] {
  const { roleRef, subjects = [] } = binding;
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  const errors: FieldError[] = [];
  if (roleRef.apiGroup !== rbacGroup)
    errors.push(unsupportedField("roleRef.apiGroup", roleRef.apiGroup ?? "", [rbacGroup]));
  if (!kinds.includes(roleRef.kind)) errors.push(unsupportedField("roleRef.kind", roleRef.kind ?? "", kinds));
  if (!roleRef.name) errors.push(requiredField("roleRef.name"));
  else errors.push(...problemsField("roleRef.name", roleRef.name, pathSegmentProblems(roleRef.name)));
  return [
    ...errors,
    ...(subjects ?? []).flatMap((subject, index) =>
      validateSubject(subject, namespaced, `subjects[${index}]`),
    ),
  ];
}

/** What a binding leads to never changes: remove it and make another one. */
export function validateRoleRefUpdate(next: RoleBinding, old: RoleBinding): readonly FieldError[] {
  return sameValue(next.roleRef, old.roleRef)
    ? []
    : [invalidField("roleRef", goRoleRef(next.roleRef), "cannot change roleRef")];
}

function goRoleRef({ apiGroup = "", kind, name }: RoleBinding["roleRef"]): object {
  return { APIGroup: apiGroup, Kind: kind, Name: name };
}

function validateSubject(
  { kind, name, namespace = "", apiGroup = "" }: Subject,
  namespaced: boolean,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = name ? [] : [requiredField(`${path}.name`)];
  switch (kind) {
    case "ServiceAccount":
      if (name) errors.push(...problemsField(`${path}.name`, name, dnsSubdomainProblems(name)));
      if (apiGroup !== "") errors.push(unsupportedField(`${path}.apiGroup`, apiGroup, [""]));
      if (!namespaced && namespace === "") errors.push(requiredField(`${path}.namespace`));
      return errors;
    case "User":
    case "Group":
      if (apiGroup !== rbacGroup) errors.push(unsupportedField(`${path}.apiGroup`, apiGroup, [rbacGroup]));
      if (namespace !== "")
        errors.push(forbiddenField(`${path}.namespace`, `may not be set for ${kind} subjects`));
      return errors;
    default:
      return [...errors, unsupportedField(`${path}.kind`, kind ?? "", ["Group", "ServiceAccount", "User"])];
  }
}
