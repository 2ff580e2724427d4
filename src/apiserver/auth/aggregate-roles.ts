/** Aggregated ClusterRoles: their rules are those of the roles that they select (kubernetes/pkg/controller/clusterroleaggregation). */
import { sameValue } from "../../api/deep-equal.ts";
import { selectorMatches } from "../../api/label-selector.ts";
import type { ClusterRole, PolicyRule } from "../../api/rbac/rbac.ts";
import type { Logger } from "../../lib/log.ts";
import type { Store, Write } from "../../store/index.ts";
import { encodeObject } from "../registry/object-text.ts";
import { rbacPrefix } from "./stored-roles.ts";

const prefix = `${rbacPrefix}clusterroles/`;

/** What a role is made of: roles that it selects may be aggregated themselves. A rule that several have is there once. */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  for (const part of partsOf(role, all)) {
    for (const rule of part.rules ?? []) rules.set(JSON.stringify(rule), rule);
  }
  return [...rules.values()];
}

/** The roles with rules of their own, by name. */
function partsOf(role: ClusterRole, all: readonly ClusterRole[]): readonly ClusterRole[] {
  const parts = new Map<string, ClusterRole>();
  const seen = new Set([role.metadata.name]);
  const waiting = [role];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const selectors = next.aggregationRule?.clusterRoleSelectors ?? [];
    for (const part of all) {
      const { name, labels } = part.metadata;
      if (seen.has(name) || !selectors.some((selector) => selectorMatches(selector, labels))) continue;
      seen.add(name);
      if (part.aggregationRule) waiting.push(part);
      else parts.set(name, part);
    }
  }
  return [...parts.values()].sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1));
}

export interface RoleAggregation {
  /** Roles have changed: aggregated ones are written anew, once at a time. */
  changed(): void;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

/** Authorization does not wait for what is written here: it is for those who read the roles. */
export function aggregateRoles(store: Store, log: Logger): RoleAggregation {
  let isDue = false;
  let isStopped = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (isDue && !isStopped) {
      isDue = false;
      try {
        await writeAggregated(store);
      } catch (error) {
        if (!isStopped) log.warn("Failed to write aggregated roles", { error: String(error) });
      }
    }
    running = undefined;
  }

  return {
    changed() {
      isDue = true;
      running ??= run();
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

/** A role that somebody changes meanwhile makes a change of its own, and so another run. */
async function writeAggregated(store: Store): Promise<void> {
  const { entries } = await store.list(prefix);
  const roles = entries.map(({ value }) => JSON.parse(value) as ClusterRole);
  const writes = entries.flatMap(({ key, revision }, index): readonly Write[] => {
    const role = roles[index];
    if (!role?.aggregationRule) return [];
    const rules = aggregatedRules(role, roles);
    if (sameValue(role.rules ?? [], rules)) return [];
    return [{ key, value: encodeObject({ ...role, rules } as ClusterRole), ifRevision: revision }];
  });
  for (const write of writes) await store.commit([write]);
}
