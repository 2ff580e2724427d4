/** What a dataplane that stands before another one hands on of its counters. */
import type { Dataplane } from "./dataplane.ts";

export function countersOf(dataplane: Dataplane): Pick<Dataplane, "counters" | "refreshCounters"> {
  return {
    ...(dataplane.counters && { counters: () => dataplane.counters?.() ?? new Map() }),
    ...(dataplane.refreshCounters && {
      refreshCounters: () => dataplane.refreshCounters?.() ?? Promise.resolve(),
    }),
  };
}
