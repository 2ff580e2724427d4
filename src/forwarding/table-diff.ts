/** TableDiff: what must change to get from one ForwardingTable to the next. */
import { isSameBackend, isSameFrontend } from "./compare-frontends.ts";
import type { Backend, ForwardingTable, Frontend } from "./forwarding-table.ts";
import { slotOf } from "./frontend-claims.ts";
import { SortedMap } from "./sorted-map.ts";

export interface TableDiff {
  readonly added: readonly Frontend[];
  readonly removed: readonly Frontend[];
  readonly changed: readonly FrontendChange[];
  readonly nodePortAddresses: { readonly added: readonly string[]; readonly removed: readonly string[] };
}

/**
 * A place that stays, with other rules or backends. Where it passes from one kind to another (an external address
 * becomes a load balancer's) the two keys differ.
 */
export interface FrontendChange {
  readonly previous: Frontend;
  readonly next: Frontend;
  readonly addedBackends: readonly Backend[];
  readonly removedBackends: readonly Backend[];
}

/**
 * Compares two tables, whatever lies between them. PERF: frontends that are the same object are not looked into, and of two tables
 * that one ForwardingModel made, what both share is passed over: it costs what changed.
 */
export function diff(previous: ForwardingTable, next: ForwardingTable): TableDiff {
  const changes = new Map<string, readonly [Frontend | undefined, Frontend | undefined]>();
  for (const [before, after] of differences(previous, next)) {
    if (before) changes.set(slotOf(before), [before, changes.get(slotOf(before))?.[1]]);
    if (after) changes.set(slotOf(after), [changes.get(slotOf(after))?.[0], after]);
  }
  return diffOfChanges(changes.values(), previous.nodePortAddresses, next.nodePortAddresses);
}

/** Pairs of what the two have under one key, where that is not the same object. */
function differences(
  { frontends: before }: ForwardingTable,
  { frontends: after }: ForwardingTable,
): Iterable<readonly [Frontend | undefined, Frontend | undefined]> {
  return sortedMapOf(before).differences(sortedMapOf(after));
}

function sortedMapOf(frontends: ReadonlyMap<string, Frontend>): SortedMap<Frontend> {
  return frontends instanceof SortedMap ? frontends : SortedMap.empty<Frontend>().with(frontends);
}

/** Sorts pairs of a slot's frontend before and after into a diff, and drops pairs that ask for the same. */
export function diffOfChanges(
  changes: Iterable<readonly [Frontend | undefined, Frontend | undefined]>,
  previousAddresses: readonly string[],
  nextAddresses: readonly string[],
): TableDiff {
  const added: Frontend[] = [];
  const removed: Frontend[] = [];
  const changed: FrontendChange[] = [];
  for (const [previous, next] of changes) {
    if (previous && next) {
      if (!isSameFrontend(previous, next)) changed.push(compare(previous, next));
    } else if (next) added.push(next);
    else if (previous) removed.push(previous);
  }
  return {
    added: added.sort(byKey),
    removed: removed.sort(byKey),
    changed: changed.sort((a, b) => byKey(a.next, b.next)),
    nodePortAddresses: {
      added: nextAddresses.filter((address) => !previousAddresses.includes(address)),
      removed: previousAddresses.filter((address) => !nextAddresses.includes(address)),
    },
  };
}

/** Says whether there is nothing to do. */
export function isEmptyDiff({ added, removed, changed, nodePortAddresses }: TableDiff): boolean {
  return (
    added.length + removed.length + changed.length === 0 &&
    nodePortAddresses.added.length + nodePortAddresses.removed.length === 0
  );
}

/** Every backend that a frontend leads to, whoever asks; ordered by key. */
export function backendsOf({ external, internal }: Frontend): readonly Backend[] {
  const backends = new Map<string, Backend>();
  for (const target of [external, internal]) {
    if (target.kind === "forward") for (const backend of target.backends) backends.set(backend.key, backend);
  }
  return [...backends.values()].sort(byKey);
}

function compare(previous: Frontend, next: Frontend): FrontendChange {
  const before = new Map(backendsOf(previous).map((backend) => [backend.key, backend]));
  const after = new Map(backendsOf(next).map((backend) => [backend.key, backend]));
  return {
    previous,
    next,
    addedBackends: [...after.values()].filter((backend) => !isSameBackend(backend, before.get(backend.key))),
    removedBackends: [...before.values()].filter(({ key }) => !after.has(key)),
  };
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
