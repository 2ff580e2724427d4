/** The program that makes a cluster follow its objects. */
import { type ApiClient, createEventRecorder } from "../client/index.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { openClusterCaches } from "./cluster-caches.ts";
import type { ControllerContext } from "./controller-context.ts";
import { startDeploymentController } from "./deployment/deployment-controller.ts";
import { startEndpointSliceController } from "./endpoint-slice/endpoint-slice-controller.ts";
import { startEndpointsController } from "./endpoints/endpoints-controller.ts";
import { startReplicaSetController } from "./replica-set/replica-set-controller.ts";
import { startScheduler } from "./scheduler/scheduler.ts";

export interface RunControllersOptions {
  readonly client: ApiClient;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly random?: () => number;
}

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
    ]);
    log.info("Controllers are running");
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
