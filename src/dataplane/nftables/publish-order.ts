/** The order of row changes: nothing leads to what is not there, and no interval comes before the one whose place it takes has gone. */
import { maps, sets } from "./names.ts";
import type { RowChange } from "./row-delta.ts";

/** Where traffic comes in. All other rows are what these lead to, or narrow them down. */
const entrances: ReadonlySet<string> = new Set([
  maps.frontends,
  maps.internalFrontends,
  maps.nodePorts,
  maps.internalNodePorts,
  sets.nodePortAddresses,
  sets.clusterIps,
]);

/** The kernel refuses an interval that overlaps with one that is still there. */
const intervals: ReadonlySet<string> = new Set([sets.sourceRanges, sets.serviceCidrs, sets.localPods]);

/** What frontends lead to comes before them, and goes after them. New frontends come before old ones go. */
export function inPublishOrder(changes: Iterable<RowChange>): readonly RowChange[] {
  const steps: RowChange[][] = [[], [], [], [], []];
  for (const change of changes) steps[stepOf(change)]?.push(change);
  return steps.flat();
}

/** Says whether a change takes away what frontends led to: it comes when no packet is on its way there any more. */
export function isAftermath(change: RowChange): boolean {
  return stepOf(change) === 4;
}

function stepOf({ kind, row }: RowChange): number {
  if (intervals.has(row.set)) return kind === "delete" ? 0 : 1;
  if (entrances.has(row.set)) return kind === "delete" ? 3 : 2;
  return kind === "delete" ? 4 : 1;
}
