/** The program that makes a cluster follow its objects. */
import type { KubeObject } from "../api/meta.ts";
import { type ApiClient, createEventRecorder, type ListWatchCache } from "../client/index.ts";
import { createBackOff } from "../lib/back-off.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { wait } from "../lib/wait.ts";
import { type ClusterCaches, openClusterCaches } from "./cluster-caches.ts";
import type { ControllerContext } from "./controller-context.ts";
import { startDeploymentController } from "./deployment/deployment-controller.ts";
import { startEndpointSliceController } from "./endpoint-slice/endpoint-slice-controller.ts";
import { startEndpointsController } from "./endpoints/endpoints-controller.ts";
import { startGarbageCollector } from "./garbage/garbage-collector.ts";
import { startNamespaceController } from "./namespace/namespace-controller.ts";
import { startServiceAccountController } from "./namespace/service-account-controller.ts";
import { defaultNodeGracePeriodMs, startNodeHealthController } from "./node-health/node-health-controller.ts";
import { startOrphanedPodController } from "./node-health/orphaned-pods.ts";
import { startReplicaSetController } from "./replica-set/replica-set-controller.ts";
import { startScheduler } from "./scheduler/scheduler.ts";
import { startProgrammedController } from "./service-programmed/programmed-controller.ts";

export interface RunControllersOptions {
  readonly client: ApiClient;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** So long a node may be silent before it counts as lost; 40 s by default. */
  readonly nodeGracePeriodMs?: number;
}

/** The garbage collector reads every kind there is; unless something is deleted, it lets others start first. */
const garbageCollectorDelayMs = 10_000;

/** Runs until the signal fires. The API server may come and go meanwhile: what was missed is made up for when it is back. */
export async function runControllers(options: RunControllersOptions): Promise<void> {
  const { client, log, signal, clock = systemClock, random = Math.random } = options;
  const caches = openClusterCaches({ client, log, clock, signal });
  const contextOf = (component: string): ControllerContext => {
    const events = createEventRecorder({ client, log, component, clock });
    return { client, caches, events, clock, random, log, signal };
  };
  try {
    // Each one starts as soon as the kinds that it reads are there.
    await Promise.all([
      start([caches.deployments, caches.replicaSets, caches.pods], () =>
        startDeploymentController(contextOf("deployment-controller")),
      ),
      start([caches.replicaSets, caches.pods], () =>
        startReplicaSetController(contextOf("replicaset-controller")),
      ),
      start([caches.pods, caches.nodes], () => startScheduler(contextOf("default-scheduler"))),
      start([caches.services, caches.pods, caches.nodes, caches.endpointSlices, caches.endpoints], () => {
        startEndpointSliceController(contextOf("endpoint-slice-controller"));
        startEndpointsController(contextOf("endpoint-controller"));
      }),
      start([caches.services, caches.endpointSlices, caches.nodes], () =>
        startProgrammedController(contextOf("service-programmed-controller")),
      ),
      start([caches.nodes, caches.leases, caches.pods], () => {
        startNodeHealthController(
          contextOf("node-controller"),
          options.nodeGracePeriodMs ?? defaultNodeGracePeriodMs,
        );
        startOrphanedPodController(contextOf("pod-garbage-collector"));
      }),
      start([caches.namespaces], () => {
        startNamespaceController(contextOf("namespace-controller"));
        startServiceAccountController(contextOf("service-account-controller"));
      }),
    ]);
    log.info("Controllers are running");
    await firstDeletion(caches, clock, signal);
    await retryUntilDone(() => startGarbageCollector(contextOf("garbage-collector")), {
      clock,
      random,
      log,
      signal,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await aborted(signal);
}

interface Syncing {
  whenSynced(): Promise<void>;
}

async function start(caches: readonly Syncing[], run: () => void): Promise<void> {
  await Promise.all(caches.map((cache) => cache.whenSynced()));
  run();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Resolves when anything is deleted or is to be, or after a while. */
async function firstDeletion(caches: ClusterCaches, clock: Clock, signal: AbortSignal): Promise<void> {
  const seen = new AbortController();
  const watched: readonly Pick<ListWatchCache<KubeObject>, "subscribe">[] = caches.all;
  const unsubscribe = watched.map((cache) =>
    cache.subscribe(({ added, updated, deleted }) => {
      const objects = [...added, ...updated.map(({ next }) => next)];
      if (deleted.length > 0 || objects.some(({ metadata }) => metadata.deletionTimestamp)) seen.abort();
    }),
  );
  await wait(clock, garbageCollectorDelayMs, AbortSignal.any([seen.signal, signal]));
  for (const end of unsubscribe) end();
}

interface RetryOptions extends Pick<ControllerContext, "clock" | "random" | "log" | "signal"> {}

async function retryUntilDone(
  run: () => Promise<void>,
  { clock, random, log, signal }: RetryOptions,
): Promise<void> {
  const backOff = createBackOff({ firstMs: 100, maxMs: 30_000, random });
  while (!signal.aborted) {
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) return;
      log.warn("Cannot start the garbage collector yet", { error: (error as Error).message });
    }
    await wait(clock, backOff.nextMs(), signal);
  }
}
