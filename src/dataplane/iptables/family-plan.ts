/** FamilyPlan: which chains one address family must have, kept up at the cost of the Services that change. */
import { isDeepStrictEqual } from "node:util";
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import type { FrontendChange } from "../frontend-changes.ts";
import { baseRules, type NodeOptions } from "./base-chains.ts";
import { compileGroup } from "./compile-group.ts";
import { addressChains, type DispatchItem, portChains, protocols } from "./dispatch.ts";
import type { FamilyTraits } from "./family-traits.ts";
import type { Rules, Ruleset, TableName } from "./ruleset.ts";
import { tableNames } from "./ruleset.ts";
import { groupOf, type ServiceGroup } from "./service-group.ts";
import { type TableChange, WantedTable } from "./wanted-table.ts";

export type RulesetChange = Readonly<Record<TableName, TableChange>>;

export class FamilyPlan {
  readonly #traits: FamilyTraits;
  readonly #tables: Readonly<Record<TableName, WantedTable>> = {
    nat: new WantedTable(),
    filter: new WantedTable(),
  };
  readonly #frontends = new Map<string, Map<string, Frontend>>();
  readonly #groups = new Map<string, ServiceGroup>();
  #options: NodeOptions | undefined;

  constructor(traits: FamilyTraits) {
    this.#traits = traits;
  }

  /** What the kernel must hold. It changes with the next call of `change`. */
  get wanted(): Ruleset {
    return this.#tables;
  }

  /** Takes in what changes, and says what that changed. Changes of other families are passed over. */
  change(changes: readonly FrontendChange[], options: NodeOptions): RulesetChange {
    const groups = this.#takeIn(changes);
    const isNew = !isDeepStrictEqual(options, this.#options);
    const podsMoved = !isDeepStrictEqual(options.fromPods, this.#options?.fromPods);
    this.#options = options;
    const stale = new Set<DispatchItem>();
    for (const group of podsMoved ? this.#frontends.keys() : groups) this.#compile(group, options, stale);
    for (const group of groups) if (!this.#frontends.has(group)) this.#drop(group, stale);
    if (isNew) this.#putBase(options);
    this.#putTrees(isNew ? undefined : stale);
    return { nat: this.#tables.nat.takeChange(), filter: this.#tables.filter.takeChange() };
  }

  #takeIn(changes: readonly FrontendChange[]): ReadonlySet<string> {
    const groups = new Set<string>();
    const own = (frontend: Frontend | undefined) =>
      frontend?.family === this.#traits.family ? frontend : undefined;
    for (const { previous } of changes) {
      const gone = own(previous);
      if (!gone) continue;
      const group = groupOf(gone);
      const members = this.#frontends.get(group);
      members?.delete(gone.key);
      if (members?.size === 0) this.#frontends.delete(group);
      groups.add(group);
    }
    for (const { next } of changes) {
      const come = own(next);
      if (!come) continue;
      const group = groupOf(come);
      const members = this.#frontends.get(group) ?? new Map<string, Frontend>();
      this.#frontends.set(group, members.set(come.key, come));
      groups.add(group);
    }
    return groups;
  }

  #compile(group: string, { fromPods }: NodeOptions, stale: Set<DispatchItem>): void {
    const members = this.#frontends.get(group);
    if (!members) return;
    const sorted = [...members.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    const compiled = compileGroup(sorted, { traits: this.#traits, fromPods });
    const before = this.#groups.get(group);
    const items = sameItems(before?.items, compiled.items);
    if (!items) for (const item of [...(before?.items ?? []), ...compiled.items]) stale.add(item);
    this.#groups.set(group, { ...compiled, items: items ?? compiled.items });
    this.#tables.nat.replace(before?.chains.keys() ?? [], compiled.chains);
  }

  #drop(group: string, stale: Set<DispatchItem>): void {
    const before = this.#groups.get(group);
    if (!before) return;
    this.#groups.delete(group);
    for (const item of before.items) stale.add(item);
    this.#tables.nat.replace(before.chains.keys(), new Map());
  }

  #putBase(options: NodeOptions): void {
    const base = baseRules(this.#traits, options);
    for (const name of tableNames) this.#tables[name].putBase(base[name]);
  }

  /** Without items all trees are made anew. */
  #putTrees(stale: ReadonlySet<DispatchItem> | undefined): void {
    const trees = new Set(stale === undefined ? allTrees() : [...stale].map(treeOf));
    if (trees.size === 0) return;
    const items = Map.groupBy(this.#items(trees), treeOf);
    for (const tree of trees) {
      const [table, protocol] = parseTree(tree);
      const own = items.get(tree) ?? [];
      const made: ReadonlyMap<string, Rules> =
        protocol === undefined ? addressChains(this.#traits, own) : portChains(protocol, own);
      this.#tables[table].putTree(tree, made);
    }
  }

  /** Ports of one cluster address all ask for what happens at the others; of Services that contradict each other one is named. */
  #items(trees: ReadonlySet<string>): Iterable<DispatchItem> {
    const found = new Map<string, DispatchItem>();
    for (const { items } of this.#groups.values()) {
      for (const item of items) {
        const tree = treeOf(item);
        if (!trees.has(tree)) continue;
        const key = `${tree} ${item.id}`;
        const there = found.get(key);
        if (!there || (item.rules[0] ?? "") < (there.rules[0] ?? "")) found.set(key, item);
      }
    }
    return found.values();
  }
}

/** Returns what was there if it is the same, so that nothing else need be looked at. */
function sameItems(
  before: readonly DispatchItem[] | undefined,
  after: readonly DispatchItem[],
): readonly DispatchItem[] | undefined {
  return before && isDeepStrictEqual(before, after) ? before : undefined;
}

function treeOf({ table, nodePortOf }: DispatchItem): string {
  return nodePortOf === undefined ? table : `${table} ${nodePortOf}`;
}

function parseTree(tree: string) {
  const [table, protocol] = tree.split(" ");
  return [table as TableName, protocols.find((name) => name === protocol)] as const;
}

function allTrees(): readonly string[] {
  return tableNames.flatMap((table) => [table, ...protocols.map((protocol) => `${table} ${protocol}`)]);
}
