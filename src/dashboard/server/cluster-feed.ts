/** ClusterFeed: follows a cluster's objects while somebody has asked for the dashboard, and tells the browsers that watch. */

import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { Lease, Node } from "../../api/node.ts";
import { reportNamespace, reportSelector } from "../../api/proxy-report/proxy-report.ts";
import type { Service } from "../../api/service.ts";
import {
  type ApiClient,
  type Changes,
  endpointSlices,
  type ListWatchCache,
  leases,
  nodes,
  openListWatchCache,
  type Resource,
  services,
} from "../../client/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { ClusterView, type Told } from "../model/cluster-view.ts";
import type { ClusterContext, RateRow } from "../model/rows.ts";
import { ChangeStream } from "./change-stream.ts";

/** Browsers are told at most so often. */
const tellEveryMs = 100;
/** So often it is looked whether proxies have fallen silent, and browsers hear that the connection lives. */
const beatEveryMs = 5000;
const mostStreams = 32;

export interface ClusterFeedOptions {
  readonly client: ApiClient;
  readonly context: ClusterContext;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface ClusterFeed {
  /** Resolves once the whole cluster has been read. */
  readonly synced: Promise<void>;
  readonly services: ListWatchCache<Service>;
  readonly nodes: ListWatchCache<Node>;
  readonly endpointSlices: ListWatchCache<EndpointSlice>;
  /** Tells a browser everything, then what changes, until it goes. False if too many watch already. */
  stream(response: ServerResponse): boolean;
  /** Measured anew. */
  rates(rows: readonly RateRow[]): void;
  /** Whether anybody watches. */
  readonly isWatched: boolean;
}

export function openClusterFeed({ client, context, clock, log, signal }: ClusterFeedOptions): ClusterFeed {
  const view = new ClusterView();
  const streams = new Set<ChangeStream>();
  let complete = false;
  let scheduled = false;

  function tellNow(): void {
    scheduled = false;
    try {
      const touched = view.update(clock.now());
      for (const stream of streams) {
        stream.note(touched);
        stream.flush();
      }
    } catch (error) {
      // Whoever serves the dashboard may have other work: a picture that fails must not end it.
      log.error("Cannot tell the dashboard what changed", { error: (error as Error).stack });
    }
  }
  /** One timer is under way at most; nothing runs while nothing changes. */
  function tellSoon(): void {
    if (scheduled || signal.aborted) return;
    scheduled = true;
    setTimeout(tellNow, tellEveryMs).unref();
  }
  function follow<T extends KubeObject>(
    resource: Resource<T>,
    take: (told: Told<T>) => void,
    narrowed: { readonly namespace?: string; readonly labelSelector?: string } = {},
  ): ListWatchCache<T> {
    const cache = openListWatchCache({ client, resource, log, signal, ...narrowed });
    cache.subscribe((changes) => {
      take(toldOf(changes));
      tellSoon();
    });
    return cache;
  }

  const caches = {
    services: follow(services, (told) => view.services(told)),
    nodes: follow(nodes, (told) => view.nodes(told)),
    endpointSlices: follow(endpointSlices, (told) => view.endpointSlices(told)),
  };
  const reports = { namespace: reportNamespace, labelSelector: reportSelector };
  follow<Lease>(leases, (told) => view.leases(told), reports);

  const synced = Promise.all(Object.values(caches).map((cache) => cache.whenSynced(signal))).then(
    async () => {
      // Caches tell their listeners within the turn.
      await setImmediate();
      complete = true;
      view.update(clock.now());
      view.beginToTell();
      for (const stream of streams) stream.begin(context, complete);
    },
  );
  // The signal fired: nobody waits any more.
  synced.catch(() => {});
  const beat = setInterval(() => {
    view.touchAllNodes();
    tellSoon();
    for (const stream of streams) {
      stream.flush();
      stream.beat();
    }
  }, beatEveryMs).unref();
  signal.addEventListener("abort", () => clearInterval(beat), { once: true });

  return {
    ...caches,
    synced,
    stream(response) {
      if (streams.size >= mostStreams) return false;
      const stream = new ChangeStream(response, view);
      streams.add(stream);
      response.on("close", () => streams.delete(stream));
      // Somebody else's changes that are due must not be lost for those that watch already.
      tellNow();
      stream.begin(context, complete);
      return true;
    },
    rates(rows) {
      view.rates = rows;
      for (const stream of streams) stream.noteRates();
      tellSoon();
    },
    get isWatched() {
      return streams.size > 0;
    },
  };
}

function toldOf<T>({ added, updated, deleted }: Changes<T>): Told<T> {
  return { present: [...added, ...updated.map(({ next }) => next)], gone: deleted };
}
