/** ChangeCounter: counts what the caches tell, until it is forwarded. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Service } from "../api/service.ts";
import type { Changes } from "../client/index.ts";
import type { ProxyMetrics } from "./metrics/proxy-metrics.ts";
import { triggeredAt } from "./trim-objects.ts";

/** While the dataplane fails for long nobody learns anything from more of them. */
const maxTriggerTimes = 10_000;

export interface ChangeCounter {
  sawServices(changes: Changes<Service>): void;
  sawSlices(changes: Changes<EndpointSlice>): void;
  /** A sync takes up what was seen so far; the returned function is to be called when that is forwarded. */
  take(): (now: number) => void;
}

type Counted = Pick<ProxyMetrics, "serviceChanges" | "endpointChanges" | "networkProgramming" | "pending">;

export function createChangeCounter(metrics: Counted): ChangeCounter {
  const { pending } = metrics;
  let triggers: { readonly at: number; readonly family: string }[] = [];
  return {
    sawServices(changes) {
      const count = countOf(changes);
      pending.services += count;
      metrics.serviceChanges.increase(count);
    },
    sawSlices(changes) {
      const count = countOf(changes);
      pending.endpoints += count;
      metrics.endpointChanges.increase(count);
      for (const slice of [...changes.added, ...changes.updated.map(({ next }) => next)]) {
        const at = triggeredAt(slice);
        if (at !== undefined && triggers.length < maxTriggerTimes)
          triggers.push({ at, family: slice.addressType });
      }
    },
    take() {
      const taken = { ...pending, triggers };
      triggers = [];
      return (now) => {
        pending.services -= taken.services;
        pending.endpoints -= taken.endpoints;
        for (const { at, family } of taken.triggers)
          metrics.networkProgramming.observe(Math.max(0, now - at) / 1000, { ip_family: family });
      };
    },
  };
}

function countOf({ added, updated, deleted }: Changes<unknown>): number {
  return added.length + updated.length + deleted.length;
}
