/** What a proxy measures of itself, under kube-proxy's names (pkg/proxy/metrics/metrics.go). */
import type { Family, ForwardingTable } from "../../forwarding/index.ts";
import {
  askedCounter,
  createCounter,
  createGauge,
  createHistogram,
  exponentialBounds,
  type Labels,
  linearBounds,
  type Metric,
} from "../../lib/exposition.ts";
import { countNoLocalEndpoints, type TrafficPolicy } from "./no-local-endpoints.ts";

export type ProxyMetrics = ReturnType<typeof createProxyMetrics>;

const networkProgrammingBounds = [
  ...linearBounds(0.25, 0.25, 2),
  ...linearBounds(1, 1, 59),
  ...linearBounds(60, 5, 12),
  ...linearBounds(120, 30, 7),
];

const answers: readonly Labels[] = [{ code: "200" }, { code: "503" }];

/**
 * kube-proxy has a proxy for each family (kubernetes#129173). Here one sync is for both, so what is measured of it is the same in both;
 * only what endpoint slices say of themselves differs.
 */
export const families: readonly Labels[] = [{ ip_family: "IPv4" }, { ip_family: "IPv6" }];

const noLocalEndpoints: readonly Labels[] = families.flatMap((family) => [
  { ...family, traffic_policy: "internal" },
  { ...family, traffic_policy: "external" },
]);

export interface ProxyMetricsSource {
  /** Milliseconds since the epoch. */
  lastQueuedAt(): number | undefined;
  /** What is forwarded now. */
  table(): Pick<ForwardingTable, "frontends"> | undefined;
}

/** All values are seconds, counts, or seconds since the epoch. */
export function createProxyMetrics({ lastQueuedAt, table }: ProxyMetricsSource) {
  const changes = { endpoints: 0, services: 0 };
  const metrics = {
    syncDuration: createHistogram(
      "kubeproxy_sync_proxy_rules_duration_seconds",
      "How long a sync takes, from the changed objects to the dataplane's answer",
      exponentialBounds(0.001, 2, 15),
      families,
    ),
    networkProgramming: createHistogram(
      "kubeproxy_network_programming_duration_seconds",
      "From the change of a Service or Pod to its being forwarded, by the time that the endpoint slice carries",
      networkProgrammingBounds,
      families,
    ),
    lastSync: createGauge(
      "kubeproxy_sync_proxy_rules_last_timestamp_seconds",
      "When a sync last succeeded",
      undefined,
      families,
    ),
    lastQueued: createGauge(
      "kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds",
      "When a sync was last asked for",
      () => {
        const at = lastQueuedAt();
        return at === undefined ? undefined : at / 1000;
      },
      families,
    ),
    endpointChanges: createCounter(
      "kubeproxy_sync_proxy_rules_endpoint_changes_total",
      "Changes of endpoint slices that were seen",
    ),
    endpointChangesPending: createGauge(
      "kubeproxy_sync_proxy_rules_endpoint_changes_pending",
      "Changes of endpoint slices that are not forwarded yet",
      () => changes.endpoints,
    ),
    serviceChanges: createCounter(
      "kubeproxy_sync_proxy_rules_service_changes_total",
      "Changes of Services that were seen",
    ),
    serviceChangesPending: createGauge(
      "kubeproxy_sync_proxy_rules_service_changes_pending",
      "Changes of Services that are not forwarded yet",
      () => changes.services,
    ),
    syncFailures: createCounter(
      "kubeproxy_sync_proxy_rules_nftables_sync_failures_total",
      "Syncs that the dataplane failed altogether",
      families,
    ),
    noLocalEndpoints: createGauge(
      "kubeproxy_sync_proxy_rules_no_local_endpoints_total",
      "Services with a policy Local, and endpoints of which none is on this node",
      ({ ip_family, traffic_policy }) => {
        const current = table();
        return (
          current && countNoLocalEndpoints(current, ip_family as Family, traffic_policy as TrafficPolicy)
        );
      },
      noLocalEndpoints,
    ),
    healthz: createCounter("kubeproxy_proxy_healthz_total", "Answers of /healthz", answers),
    livez: createCounter("kubeproxy_proxy_livez_total", "Answers of /livez", answers),
  };
  const all: readonly Metric[] = [...Object.values(metrics), ...processMetrics()];
  return {
    ...metrics,
    /** Changes that the next sync takes up. */
    pending: changes,
    text: () => all.map((metric) => metric.text()).join(""),
  };
}

/** The names that every Prometheus client has for its process. */
function processMetrics(): readonly Metric[] {
  const startedAt = Date.now() / 1000 - process.uptime();
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  return [
    askedCounter("process_cpu_seconds_total", "User and system CPU time", cpuSeconds),
    createGauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss()),
    createGauge("process_start_time_seconds", "When the process started", () => startedAt),
  ];
}
