/** Authorizer: role-based access control, with the rules of kubernetes/plugin/pkg/auth/authorizer/rbac. What nothing allows is denied. */
import { type PolicyRule, type RoleBinding, rbacGroup, type Subject } from "../../api/rbac/rbac.ts";
import type { RequestAttributes } from "./request-attributes.ts";
import type { RoleIndex } from "./role-index.ts";
import { ruleAllows } from "./rule-match.ts";
import { administrators, type User } from "./user.ts";

export interface Decision {
  readonly allowed: boolean;
  /** Which binding allows it, or which roles that bindings name do not exist; "" for nothing to say. */
  readonly reason: string;
}

export interface UserRules {
  readonly rules: readonly PolicyRule[];
  /** `clusterrole.rbac.authorization.k8s.io "x" not found` */
  readonly problems: readonly string[];
}

export interface Authorizer {
  decide(user: User, attributes: RequestAttributes): Decision;
  /** All that a user may do in a namespace; "" for the cluster scope. */
  rulesFor(user: User, namespace: string): UserRules;
  readonly roles: RoleIndex;
}

export function createAuthorizer(roles: RoleIndex): Authorizer {
  return {
    roles,
    decide(user, attributes) {
      if (user.groups.includes(administrators)) return { allowed: true, reason: "" };
      const namespace = attributes.kind === "resource" ? attributes.namespace : "";
      const problems: string[] = [];
      for (const binding of roles.bindings(namespace)) {
        const subject = (binding.subjects ?? []).find((one) => isSubject(one, user, binding));
        if (!subject) continue;
        const rules = roles.rules(binding.roleRef, namespace);
        if (!rules) problems.push(missingRole(binding));
        else if (rules.some((rule) => ruleAllows(rule, attributes)))
          return { allowed: true, reason: reasonOf(binding, subject) };
      }
      return { allowed: false, reason: problems.length === 0 ? "" : `RBAC: ${joined(problems)}` };
    },
    rulesFor(user, namespace) {
      if (user.groups.includes(administrators)) return { rules: everything, problems: [] };
      const found = roles
        .bindings(namespace)
        .filter((binding) => (binding.subjects ?? []).some((one) => isSubject(one, user, binding)))
        .map((binding) => ({ binding, rules: roles.rules(binding.roleRef, namespace) }));
      return {
        rules: found.flatMap(({ rules }) => rules ?? []),
        problems: found.filter(({ rules }) => !rules).map(({ binding }) => missingRole(binding)),
      };
    },
  };
}

export const everything: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

/** A service account is the user system:serviceaccount:NAMESPACE:NAME; without a namespace it is one of the binding's own. */
function isSubject({ kind, name, namespace }: Subject, user: User, { metadata }: RoleBinding): boolean {
  switch (kind) {
    case "User":
      return user.name === name;
    case "Group":
      return user.groups.includes(name);
    case "ServiceAccount": {
      const place = namespace || metadata.namespace;
      return place !== undefined && user.name === `system:serviceaccount:${place}:${name}`;
    }
    default:
      return false;
  }
}

function reasonOf({ metadata, roleRef }: RoleBinding, { kind, name, namespace }: Subject): string {
  const binding = metadata.namespace
    ? `RoleBinding ${JSON.stringify(`${metadata.name}/${metadata.namespace}`)}`
    : `ClusterRoleBinding ${JSON.stringify(metadata.name)}`;
  const subject = kind === "ServiceAccount" ? `${name}/${namespace ?? ""}` : name;
  return `RBAC: allowed by ${binding} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${kind} ${JSON.stringify(subject)}`;
}

function missingRole({ roleRef }: RoleBinding): string {
  return `${roleRef.kind.toLowerCase()}.${rbacGroup} ${JSON.stringify(roleRef.name)} not found`;
}

/** Go's aggregate error: brackets around more than one. */
function joined(problems: readonly string[]): string {
  const all = [...new Set(problems)];
  return all.length === 1 ? (all[0] ?? "") : `[${all.join(", ")}]`;
}
