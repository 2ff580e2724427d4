/** What a dataplane over the kernel measures of its own work, under kube-proxy's names (pkg/proxy/metrics/metrics.go). */
import type { Family } from "../forwarding/forwarding-table.ts";
import { createCounter, createHistogram, exponentialBounds, type Labels } from "../lib/exposition.ts";

/** `full`: everything was compared with the kernel, or written anew. `partial`: what changed was written. */
export type SyncKind = "full" | "partial";

export type SyncMetrics = ReturnType<typeof createSyncMetrics>;

/** Seconds; kube-proxy's. */
const bounds = exponentialBounds(0.001, 2, 15);

export const families: readonly Family[] = ["IPv4", "IPv6"];
const familyLabels: readonly Labels[] = families.map((ip_family) => ({ ip_family }));

export function createSyncMetrics() {
  const full = createHistogram(
    "kubeproxy_sync_full_proxy_rules_duration_seconds",
    "How long a family's sync takes that compares or writes everything",
    bounds,
    familyLabels,
  );
  const partial = createHistogram(
    "kubeproxy_sync_partial_proxy_rules_duration_seconds",
    "How long a family's sync takes that writes what changed",
    bounds,
    familyLabels,
  );
  const reconciled = createHistogram(
    "kubeproxy_conntrack_reconciler_sync_duration_seconds",
    "How long it takes to find and remove flows that lead to where nobody serves them any more",
    bounds,
    familyLabels,
  );
  const deleted = createCounter(
    "kubeproxy_conntrack_reconciler_deleted_entries_total",
    "Flows that were removed from connection tracking for that",
    familyLabels,
  );
  const all = [full, partial, reconciled, deleted];
  return {
    /** Runs one family's sync, and notes how long it took if it succeeds. Resolves as it does. */
    async measure(ip_family: Family, sync: () => Promise<SyncKind>): Promise<void> {
      const startedAt = performance.now();
      const kind = await sync();
      (kind === "full" ? full : partial).observe((performance.now() - startedAt) / 1000, { ip_family });
    },
    /** Runs the search for stale flows, which is one for both families. */
    async measureFlows(follow: () => Promise<ReadonlyMap<Family, number>>): Promise<void> {
      const startedAt = performance.now();
      for (const [ip_family, flows] of await follow()) deleted.increase(flows, { ip_family });
      reconciled.observe((performance.now() - startedAt) / 1000);
    },
    text: () => all.map((metric) => metric.text()).join(""),
  };
}
