/** RoleIndex: the stored roles and bindings, kept up to date by a watch, so that no request waits for the store. */
import { selectorMatches } from "../../api/label-selector.ts";
import {
  type ClusterRole,
  type PolicyRule,
  type RoleBinding,
  type RoleRef,
  rbacGroup,
} from "../../api/rbac/rbac.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { wait } from "../../lib/wait.ts";
import type { Store } from "../../store/index.ts";
import { createReachedRevision } from "../registry/reached-revision.ts";

export interface RoleIndex {
  /** The bindings that hold in a namespace, those of the whole cluster first; only the latter for "". */
  bindings(namespace: string): readonly RoleBinding[];
  /** undefined where there is no such role. */
  rules(ref: Pick<RoleRef, "kind" | "name">, namespace: string): readonly PolicyRule[] | undefined;
  /** Resolves once everything up to the revision is known, or after a second. */
  reach(revision: number): Promise<void>;
  stop(): Promise<void>;
}

export const rbacPrefix = `${rbacGroup}/`;
const againMs = 1000;

/** Resolves when all that is stored is known. The signal stops it, like `stop`. */
export async function followRoles(
  store: Store,
  clock: Clock,
  log: Logger,
  signal: AbortSignal,
): Promise<RoleIndex> {
  const objects = new Map<string, unknown>();
  const bindingsOf = new Map<string, readonly RoleBinding[]>();
  const stopping = new AbortController();
  signal.addEventListener("abort", () => stopping.abort(), { once: true });
  const reached = createReachedRevision();

  const load = async () => {
    const { entries, revision } = await store.list(rbacPrefix);
    objects.clear();
    bindingsOf.clear();
    for (const { key, value } of entries) objects.set(key, JSON.parse(value));
    reached.moveTo(revision);
  };
  const watch = async () => {
    for await (const { events, revision } of store.watch(rbacPrefix, reached.value, stopping.signal)) {
      for (const event of events) {
        if (event.type === "put") objects.set(event.key, JSON.parse(event.value));
        else objects.delete(event.key);
      }
      if (events.length > 0) bindingsOf.clear();
      reached.moveTo(revision);
    }
  };
  const follow = async () => {
    while (!stopping.signal.aborted) {
      try {
        await watch();
        if (stopping.signal.aborted) return;
        await load();
      } catch (error) {
        log.warn("Failed to follow roles and bindings", { error: String(error) });
        await wait(clock, againMs, stopping.signal);
        await load().catch(() => {});
      }
    }
  };

  await load();
  const following = follow();
  return {
    bindings(namespace) {
      const known = bindingsOf.get(namespace);
      if (known) return known;
      const prefixes = [
        `${rbacPrefix}clusterrolebindings/`,
        ...(namespace === "" ? [] : [`${rbacPrefix}rolebindings/${namespace}/`]),
      ];
      const found = prefixes.flatMap((prefix) => valuesUnder(objects, prefix)) as RoleBinding[];
      if (bindingsOf.size < maxNamespaces) bindingsOf.set(namespace, found);
      return found;
    },
    rules({ kind, name }, namespace) {
      const key = kind === "Role" ? `roles/${namespace}/${name}` : `clusterroles/${name}`;
      const role = objects.get(`${rbacPrefix}${key}`) as ClusterRole | undefined;
      return role && effectiveRules(role, objects);
    },
    reach: reached.until,
    async stop() {
      stopping.abort();
      await following;
    },
  };
}

/** Requests may name any namespace; so many are remembered between two changes. */
const maxNamespaces = 1000;

function valuesUnder(objects: ReadonlyMap<string, unknown>, prefix: string): readonly unknown[] {
  return [...objects].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
}

/** An aggregated role has the rules of the roles that it selects; their own aggregation does not count. */
function effectiveRules(
  { rules, aggregationRule }: ClusterRole,
  objects: ReadonlyMap<string, unknown>,
): readonly PolicyRule[] {
  const own = rules ?? [];
  const selectors = aggregationRule?.clusterRoleSelectors ?? [];
  if (selectors.length === 0) return own;
  const roles = valuesUnder(objects, `${rbacPrefix}clusterroles/`) as ClusterRole[];
  const selected = roles.filter(({ metadata }) =>
    selectors.some((selector) => selectorMatches(selector, metadata.labels)),
  );
  return [...own, ...selected.flatMap((role) => role.rules ?? [])];
}
