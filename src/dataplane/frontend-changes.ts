/** What changes between two tables, frontend by frontend, for dataplanes that keep one controller for each family. */
import type { ForwardingTable, Frontend } from "../forwarding/forwarding-table.ts";
import { diff } from "../forwarding/table-diff.ts";

/** One that comes has no `previous`, one that goes has no `next`. */
export interface FrontendChange {
  readonly previous?: Frontend;
  readonly next?: Frontend;
}

/** What changes from a table to the next one; from nothing if there was none. */
export type ChangesSince = (planned: ForwardingTable | undefined) => readonly FrontendChange[];

/** PERF: families start from the same table, unless one of them failed, so each difference is made once. */
export function changesTo(next: ForwardingTable): ChangesSince {
  const known = new Map<ForwardingTable | undefined, readonly FrontendChange[]>();
  return (planned) => {
    const changes = known.get(planned) ?? changesBetween(planned ?? { ...next, frontends: new Map() }, next);
    known.set(planned, changes);
    return changes;
  };
}

function changesBetween(previous: ForwardingTable, next: ForwardingTable): readonly FrontendChange[] {
  const { added, removed, changed } = diff(previous, next);
  return [
    ...removed.map((gone) => ({ previous: gone })),
    ...changed,
    ...added.map((come) => ({ next: come })),
  ];
}
