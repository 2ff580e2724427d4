/** Nobody grants what he does not have: checks of roles and bindings that are written (kubernetes/pkg/registry/rbac policybased). */
import { sameValue } from "../../api/deep-equal.ts";
import type { KubeObject } from "../../api/meta.ts";
import { type ClusterRole, type PolicyRule, type RoleBinding, rbacGroup } from "../../api/rbac/rbac.ts";
import { type ApiStatusError, forbidden, notFound } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { untouched } from "../verbs/create-object.ts";
import type { WriteHook } from "../write-hook.ts";
import { type Authorizer, everything } from "./authorizer.ts";
import { type Permission, uncovered } from "./rule-match.ts";
import { administrators, type User } from "./user.ts";

/** The registry as one user's writes of roles and bindings see it: each is checked before it is validated and stored. */
export async function guardEscalation(
  registry: Registry,
  authorizer: Authorizer,
  user: User,
): Promise<Registry> {
  if (user.groups.includes(administrators)) return registry;
  await authorizer.roles.reach(await registry.store.revision());
  const guard = (kind: ServedKind | undefined) =>
    kind?.definition.group === rbacGroup ? { ...kind, hook: guardHook(kind, authorizer, user) } : kind;
  const { kinds } = registry;
  return {
    ...registry,
    kinds: { ...kinds, find: (group, version, plural) => guard(kinds.find(group, version, plural)) },
  };
}

function guardHook(kind: ServedKind, authorizer: Authorizer, user: User): WriteHook<KubeObject> {
  const check = kind.kind.endsWith("Binding") ? checkBinding : checkRole;
  return {
    create(object) {
      check(kind, authorizer, user, object, undefined);
      return untouched(object);
    },
    update(next, old) {
      check(kind, authorizer, user, next, old);
      return untouched(next);
    },
    remove: untouched,
  };
}

function checkRole(
  kind: ServedKind,
  authorizer: Authorizer,
  user: User,
  next: KubeObject,
  old: KubeObject | undefined,
): void {
  const role = next as ClusterRole;
  const before = old as ClusterRole | undefined;
  const isSame =
    before &&
    sameValue(role.rules ?? [], before.rules ?? []) &&
    sameValue(role.aggregationRule, before.aggregationRule);
  if (isSame || mayDo(authorizer, user, "escalate", kind, next)) return;
  const namespace = next.metadata.namespace ?? "";
  const rules = role.aggregationRule ? everything : (role.rules ?? []);
  confirm(kind, authorizer, user, { namespace, name: next.metadata.name, rules });
}

function checkBinding(
  kind: ServedKind,
  authorizer: Authorizer,
  user: User,
  next: KubeObject,
  old: KubeObject | undefined,
): void {
  const { roleRef, subjects = [], metadata } = next as RoleBinding;
  const before = old as RoleBinding | undefined;
  if (before && sameValue(roleRef, before.roleRef) && sameValue(subjects, before.subjects ?? [])) return;
  const namespace = metadata.namespace ?? "";
  const resource = roleRef.kind === "Role" ? "roles" : "clusterroles";
  const bind = { ...rbacResource, verb: "bind", resource, namespace, name: roleRef.name };
  if (authorizer.decide(user, bind).allowed) return;
  const rules = authorizer.roles.rules(roleRef, namespace);
  if (!rules) throw notFound({ group: rbacGroup, plural: resource }, roleRef.name);
  confirm(kind, authorizer, user, { namespace, name: metadata.name, rules });
}

const rbacResource = { kind: "resource", group: rbacGroup, subresource: "" } as const;

function mayDo(
  authorizer: Authorizer,
  user: User,
  verb: string,
  { definition }: ServedKind,
  { metadata: { name, namespace = "" } }: KubeObject,
): boolean {
  return authorizer.decide(user, { ...rbacResource, verb, resource: definition.plural, namespace, name })
    .allowed;
}

interface Grant {
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

function confirm(kind: ServedKind, authorizer: Authorizer, user: User, grant: Grant): void {
  const owned = authorizer.rulesFor(user, grant.namespace);
  const missing = uncovered(owned.rules, grant.rules);
  if (missing.length > 0) throw escalation(kind, user, grant.name, missing, owned.problems);
}

/** So many are named, however much a role tries to grant. */
const maxNamed = 100;

function escalation(
  { storage }: ServedKind,
  { name, uid, groups }: User,
  object: string,
  missing: readonly Permission[],
  problems: readonly string[],
): ApiStatusError {
  const id = uid === "" ? "" : `uid=${JSON.stringify(uid)}, `;
  const who = `user ${JSON.stringify(name)} (${id}groups=${goList(groups)})`;
  const resolution = problems.length === 0 ? "" : `; resolution errors: ${goList(problems)}`;
  const what = compact(missing).slice(0, maxNamed).map(permissionText).sort().join("\n");
  return forbidden(
    storage,
    object,
    `${who} is attempting to grant RBAC permissions not currently held:\n${what}${resolution}`,
  );
}

/** Permissions on one resource become one line again. */
function compact(missing: readonly Permission[]): readonly PolicyRule[] {
  const byPlace = new Map<string, PolicyRule>();
  for (const { verbs, ...place } of missing) {
    const key = JSON.stringify(place);
    const known = byPlace.get(key)?.verbs ?? [];
    byPlace.set(key, { ...place, verbs: [...known, ...verbs.filter((verb) => !known.includes(verb))] });
  }
  return [...byPlace.values()];
}

function permissionText({
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
  verbs,
}: PolicyRule): string {
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ["APIGroups", apiGroups],
    ["Resources", resources],
    ["ResourceNames", resourceNames],
    ["NonResourceURLs", nonResourceURLs],
    ["Verbs", verbs],
  ];
  const shown = parts.filter(([, values]) => values.length > 0);
  return `{${shown.map(([label, values]) => `${label}:${goList(values).replaceAll('" "', '", "')}`).join(", ")}}`;
}

/** `["a" "b"]`, as Go prints a list of strings. */
function goList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}
