/** rbac.authorization.k8s.io/v1: who may do what. */
import type { KubeObject, LabelSelector } from "../meta.ts";

export const rbacGroup = "rbac.authorization.k8s.io";

/** Allows every verb of `verbs` on what the other fields name; `*` is everything. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  /** `pods`, `pods/log`, or any resource with a subresource: a star, then `/scale`. */
  readonly resources?: readonly string[];
  /** Only objects of these names; absent: all. */
  readonly resourceNames?: readonly string[];
  /** `/healthz`, `/healthz/*` */
  readonly nonResourceURLs?: readonly string[];
}

export interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[] | null;
}

export interface ClusterRole extends Role {
  /** The role's rules are those of all cluster roles that one of these selects. */
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface RoleRef {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}

/** RoleBinding and ClusterRoleBinding. */
export interface RoleBinding extends KubeObject {
  readonly subjects?: readonly Subject[];
  readonly roleRef: RoleRef;
}
