/** The servers of a proxy that answer for it as a whole: health, metrics, status. */
import { parseBindAddress } from "./bind-address.ts";
import { serveHealthz } from "./healthz-server.ts";
import { formatFrontendMetrics } from "./metrics/frontend-metrics.ts";
import type { ProxyOptions } from "./proxy-options.ts";
import type { ProxyResources } from "./proxy-resources.ts";
import type { ProxyParts } from "./run-proxy.ts";
import { serveStatus } from "./status-server.ts";
import { formatStatus } from "./statusz.ts";

type Place = ReturnType<typeof parseBindAddress>;

export interface BindAddresses {
  readonly healthz: Place;
  readonly metrics: Place;
}

/** Throws SyntaxError when one of them is no address. */
export function readBindAddresses(options: ProxyOptions): BindAddresses {
  return {
    healthz: parseBindAddress(options.healthzBindAddress ?? "127.0.0.1:10256"),
    metrics: parseBindAddress(options.metricsBindAddress ?? ""),
  };
}

export interface ServeOptions {
  readonly options: ProxyOptions;
  readonly addresses: BindAddresses;
  readonly resources: ProxyResources;
  readonly parts: ProxyParts;
  readonly signal: AbortSignal;
}

/** Serves until the signal fires. */
export async function serveProxy({
  options,
  addresses,
  resources,
  parts,
  signal,
}: ServeOptions): Promise<void> {
  const { log, bindAddressHardFail: hardFail = false, configuration = {} } = options;
  const { clock, dataplane } = resources;
  const { health, metrics } = parts;
  const common = { hardFail, clock, log, signal };
  const pages = {
    metrics: async () => {
      // What the dataplane says of itself is as of the time when its counters were read.
      const frontends = await frontendMetrics(resources, parts);
      return [metrics.text(), dataplane.metrics?.(), options.client.metrics?.(), frontends].join("");
    },
    mode: dataplane.name,
    configuration: () => configuration,
    status: () => describe(options, resources, parts),
  };
  await Promise.all([
    addresses.healthz && serveHealthz({ ...addresses.healthz, ...common, health, metrics }),
    addresses.metrics && serveStatus({ ...addresses.metrics, ...common, pages }),
  ]);
}

/** Nothing where the dataplane cannot count. */
async function frontendMetrics({ dataplane }: ProxyResources, { sync }: ProxyParts): Promise<string> {
  await dataplane.refreshCounters?.();
  const counters = dataplane.counters?.();
  return counters && sync.table ? formatFrontendMetrics(sync.table, counters) : "";
}

function describe(
  { nodeName }: ProxyOptions,
  { caches, clock, dataplane, startedAt }: ProxyResources,
  { loop, sync }: ProxyParts,
): string {
  return formatStatus({
    node: nodeName,
    mode: dataplane.name,
    now: clock.now(),
    startedAt,
    lastSyncedAt: loop.lastSyncedAt,
    waitingSince: loop.waitingSince,
    services: caches.services.items().size,
    endpointSlices: caches.slices.items().size,
    applied: sync.applied,
  });
}
