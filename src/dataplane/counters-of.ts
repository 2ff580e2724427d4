/** What a dataplane that stands before another one hands on of what it counts and measures. */
import type { Dataplane } from "./dataplane.ts";

export function countersOf(
  dataplane: Dataplane,
): Pick<Dataplane, "counters" | "refreshCounters" | "metrics"> {
  return {
    ...(dataplane.counters && { counters: () => dataplane.counters?.() ?? new Map() }),
    ...(dataplane.refreshCounters && {
      refreshCounters: () => dataplane.refreshCounters?.() ?? Promise.resolve(),
    }),
    ...(dataplane.metrics && { metrics: () => dataplane.metrics?.() ?? "" }),
  };
}
