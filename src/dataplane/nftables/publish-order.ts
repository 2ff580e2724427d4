/** The order of row changes, for loads that take more than one transaction: nothing leads to what is not there. */
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
  sets.serviceCidrs,
]);

/** What frontends lead to comes before them, and goes after them. New frontends come before old ones go. */
export function inPublishOrder(changes: Iterable<RowChange>): readonly RowChange[] {
  const steps: RowChange[][] = [[], [], [], []];
  for (const change of changes) steps[stepOf(change)]?.push(change);
  return steps.flat();
}

function stepOf({ kind, row }: RowChange): number {
  if (entrances.has(row.set)) return kind === "delete" ? 2 : 1;
  return kind === "delete" ? 3 : 0;
}
