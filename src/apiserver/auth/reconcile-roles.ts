/** Writes the roles and bindings that every cluster has, and gives them back what was taken from them, as kube-apiserver does. */

import { sameValue } from "../../api/deep-equal.ts";
import type { KubeObject } from "../../api/meta.ts";
import { type ClusterRole, type RoleBinding, rbacGroup, type Subject } from "../../api/rbac/rbac.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Store, Write } from "../../store/index.ts";
import { encodeObject } from "../registry/object-text.ts";
import { storageKey } from "../registry/storage-key.ts";
import { withNewMetadata } from "../verbs/object-metadata.ts";
import { type DefaultRole, defaultRoles } from "./default-roles.ts";
import { uncovered } from "./rule-match.ts";
import { rbacPrefix } from "./stored-roles.ts";

const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
const autoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

/**
 * One commit, none when nothing is missing. Rules and subjects that somebody added stay; an object whose annotation
 * `rbac.authorization.kubernetes.io/autoupdate` is "false" stays as it is. Another server that is faster is right, too.
 */
export async function reconcileRoles(store: Store, clock: Clock): Promise<void> {
  const { entries } = await store.list(rbacPrefix);
  const stored = new Map(entries.map((entry) => [entry.key, entry]));
  const writes: Write[] = [];
  const reconcile = <T extends KubeObject>(
    plural: string,
    name: string,
    mend: (current: T | undefined) => T,
  ) => {
    const key = storageKey({ group: rbacGroup, plural }, { name });
    const entry = stored.get(key);
    const current = entry && (JSON.parse(entry.value) as T);
    if (current?.metadata.annotations?.[autoUpdate] === "false") return;
    const mended = mend(current);
    if (current && sameValue(mended, current)) return;
    writes.push({ key, value: encodeObject(mended), ifRevision: entry?.revision ?? 0 });
  };
  for (const role of defaultRoles) {
    const { name, subjects, rules, aggregationRule } = role;
    const fresh = <T>(members: T) => withMetadata(name, members, clock.now());
    const made = aggregationRule ? { aggregationRule, rules } : { rules };
    reconcile<ClusterRole>("clusterroles", name, (current) => mendRole(current ?? fresh(made), role));
    if (!subjects) continue;
    const bound = subjects.map(({ kind, name: subject }) => ({ kind, apiGroup: rbacGroup, name: subject }));
    const roleRef = { apiGroup: rbacGroup, kind: "ClusterRole", name };
    reconcile<RoleBinding>("clusterrolebindings", name, (current) =>
      mendBinding(
        current && sameValue(current.roleRef, roleRef) ? current : fresh({ subjects: bound, roleRef }),
        bound,
      ),
    );
  }
  if (writes.length > 0) await store.commit(writes);
}

function withMetadata<T>(name: string, members: T, nowMs: number): T & KubeObject {
  const draft = {
    metadata: { name, labels, annotations: { [autoUpdate]: "true" } },
    ...members,
  } as unknown as T & KubeObject;
  return withNewMetadata(draft, { name }, nowMs) as T & KubeObject;
}

/** The rules of an aggregated role are made of others; what is mended is that it is one. */
function mendRole(role: ClusterRole, wanted: DefaultRole): ClusterRole {
  const kept = { ...wanted.labels, ...role.metadata.labels };
  const labelled = { ...role, metadata: { ...role.metadata, labels: { ...labels, ...kept } } };
  const { aggregationRule, rules } = wanted;
  if (aggregationRule) return role.aggregationRule ? labelled : { ...labelled, aggregationRule };
  const missing = rules.filter((rule) => uncovered(role.rules ?? [], [rule]).length > 0);
  return missing.length === 0 ? labelled : { ...labelled, rules: [...(role.rules ?? []), ...missing] };
}

function mendBinding(binding: RoleBinding, subjects: readonly Subject[]): RoleBinding {
  const present = binding.subjects ?? [];
  const missing = subjects.filter((subject) => !present.some((known) => sameValue(known, subject)));
  return missing.length === 0 ? binding : { ...binding, subjects: [...present, ...missing] };
}
