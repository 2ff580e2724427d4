/** Follows one Service until it is live on every node that is ready, and somebody answers there. */

import { serviceNameLabel } from "../api/endpoint-slice.ts";
import { reportNamespace, reportSelector } from "../api/proxy-report/proxy-report.ts";
import {
  type ApiClient,
  endpointSlices,
  leases,
  nodes,
  openListWatchCache,
  services,
} from "../client/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { type ForwardingStatus, forwardingStatus } from "./forwarding-status.ts";

export interface FollowStatusOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of every state until it is done. */
  readonly onStatus: (status: ForwardingStatus) => void;
}

/** A proxy that falls silent is noticed though nobody tells of it. */
const lookAgainMs = 1_000;

/** Whether the Service is forwarded everywhere, to somebody. */
export function isLiveEverywhere({ services: [service] }: ForwardingStatus): boolean {
  return (
    service !== undefined &&
    service.nodes > 0 &&
    service.liveOn === service.nodes &&
    service.readyEndpoints > 0
  );
}

/** Resolves with true when it is live everywhere, and with false if the signal fires before. */
export async function untilLive(options: FollowStatusOptions): Promise<boolean> {
  const { client, namespace, name, clock, log, onStatus } = options;
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal]);
  const common = { client, log, signal, clock };
  const caches = {
    services: openListWatchCache({
      ...common,
      resource: services,
      namespace,
      fieldSelector: `metadata.name=${name}`,
    }),
    slices: openListWatchCache({
      ...common,
      resource: endpointSlices,
      namespace,
      labelSelector: `${serviceNameLabel}=${name}`,
    }),
    nodes: openListWatchCache({ ...common, resource: nodes }),
    leases: openListWatchCache({
      ...common,
      resource: leases,
      namespace: reportNamespace,
      labelSelector: reportSelector,
    }),
  };
  const { promise, resolve } = Promise.withResolvers<boolean>();
  options.signal.addEventListener("abort", () => resolve(false), { once: true });
  const look = () => {
    const status = forwardingStatus(
      {
        services: [...caches.services.items().values()],
        endpointSlices: [...caches.slices.items().values()],
        nodes: [...caches.nodes.items().values()],
        leases: [...caches.leases.items().values()],
      },
      clock.now(),
    );
    onStatus(status);
    if (isLiveEverywhere(status)) resolve(true);
  };
  const all = Object.values(caches);
  const filled = Promise.all(all.map((cache) => cache.whenSynced())).catch(() => {});
  void filled.then(() => {
    if (signal.aborted) return;
    for (const cache of all) cache.subscribe(look);
    const again = () => {
      if (signal.aborted) return;
      look();
      clock.after(lookAgainMs, again);
    };
    again();
  });
  try {
    return await promise;
  } finally {
    done.abort();
  }
}
