/** RoleIndex: what the stored roles and bindings say, so that no request waits for the store. */
import type { ClusterRole, PolicyRule, RoleBinding, RoleRef } from "../../api/rbac/rbac.ts";
import { aggregatedRules, aggregateRoles } from "./aggregate-roles.ts";
import { type FollowOptions, followStoredRoles, rbacPrefix, type StoredRoles } from "./stored-roles.ts";

export interface RoleIndex {
  /** The bindings that hold in a namespace, those of the whole cluster first; only the latter for "". */
  bindings(namespace: string): readonly RoleBinding[];
  /** undefined where there is no such role. */
  rules(ref: Pick<RoleRef, "kind" | "name">, namespace: string): readonly PolicyRule[] | undefined;
  /** Resolves once everything up to the revision is known, or after a second. */
  reach(revision: number): Promise<void>;
  stop(): Promise<void>;
}

/** Requests may name any namespace; so many are remembered between two changes. */
const maxNamespaces = 1000;

/** Resolves when all that is stored is known. Also writes into aggregated roles what they are made of. */
export async function followRoles(options: Omit<FollowOptions, "changed">): Promise<RoleIndex> {
  const bindingsOf = new Map<string, readonly RoleBinding[]>();
  const aggregated = new Map<string, readonly PolicyRule[]>();
  const aggregation = aggregateRoles(options.store, options.log);
  const changed = () => {
    bindingsOf.clear();
    aggregated.clear();
    aggregation.changed();
  };
  const roles = await followStoredRoles({ ...options, changed });
  return {
    bindings(namespace) {
      const known = bindingsOf.get(namespace);
      if (known) return known;
      const found = findBindings(roles, namespace);
      if (bindingsOf.size < maxNamespaces) bindingsOf.set(namespace, found);
      return found;
    },
    rules({ kind, name }, namespace) {
      const isRole = kind === "Role";
      const key = isRole ? `roles/${namespace}/${name}` : `clusterroles/${name}`;
      const role = roles.get(`${rbacPrefix}${key}`) as ClusterRole | undefined;
      if (!role?.aggregationRule || isRole) return role && (role.rules ?? []);
      const known = aggregated.get(name);
      if (known) return known;
      const rules = aggregatedRules(
        role,
        roles.under(`${rbacPrefix}clusterroles/`) as readonly ClusterRole[],
      );
      aggregated.set(name, rules);
      return rules;
    },
    reach: roles.reached.until,
    async stop() {
      await roles.stop();
      await aggregation.stop();
    },
  };
}

function findBindings(roles: StoredRoles, namespace: string): readonly RoleBinding[] {
  const inNamespace = namespace === "" ? [] : roles.under(`${rbacPrefix}rolebindings/${namespace}/`);
  return [...roles.under(`${rbacPrefix}clusterrolebindings/`), ...inNamespace] as readonly RoleBinding[];
}
