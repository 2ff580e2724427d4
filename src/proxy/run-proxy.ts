/** runProxy: the program that every node runs, from the API to packets. */
import { createEventRecorder } from "../client/index.ts";
import { ForwardingModel } from "../forwarding/index.ts";
import { aborted } from "../lib/aborted.ts";
import { wait } from "../lib/wait.ts";
import { createChangeCounter } from "./change-counter.ts";
import { followObjects, unknownNode } from "./follow-objects.ts";
import { healNowAndThen } from "./heal-now-and-then.ts";
import { createProxyMetrics, type ProxyMetrics } from "./metrics/proxy-metrics.ts";
import { ProblemReporter } from "./problem-reporter.ts";
import { createProxyHealth, type ProxyHealth } from "./proxy-health.ts";
import type { ProxyOptions } from "./proxy-options.ts";
import { closeResources, openResources, type ProxyResources } from "./proxy-resources.ts";
import { readBindAddresses, serveProxy } from "./proxy-servers.ts";
import { ProxySync } from "./proxy-sync.ts";
import { createReporting, type Reporting } from "./report/reporting.ts";
import { ServiceHealthServers } from "./service-health-servers.ts";
import { spareCompiler } from "./spare-compiler.ts";
import { SyncLoop } from "./sync-loop.ts";
import { isEligibleForTraffic } from "./view-of-node.ts";

/** A node that is just starting registers itself before this. */
const missingNodeWarningMs = 5000;
/** The ranges of cluster addresses are worth no more waiting than this: nearly always they come before the Services. */
const serviceCidrsPatienceMs = 250;
const defaultSyncPeriodMs = 1_000;

/** The parts that turn changes into what is forwarded. */
export interface ProxyParts {
  readonly loop: SyncLoop;
  readonly sync: ProxySync;
  readonly health: ProxyHealth;
  readonly healthServers: ServiceHealthServers;
  readonly model: ForwardingModel;
  readonly metrics: ProxyMetrics;
  readonly reporting: Reporting;
  /** To be called once the caches are filled. */
  readonly follow: () => void;
}

/**
 * Forwards until the signal fires, then closes what it opened and resolves; what the kernel forwards goes on. Nothing is
 * forwarded before all objects have been read once, so that a start does not close ports; when the API is gone the last
 * state stays. Throws SyntaxError when an option cannot be read, and Error when the configuration file has changed.
 */
export async function runProxy(options: ProxyOptions): Promise<void> {
  const addresses = readBindAddresses(options);
  const { log, nodeName } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const resources = await openResources({ ...options, signal });
  const { caches, clock, dataplane } = resources;
  const parts = createParts(options, resources);
  void whenFilled(resources, signal).then(() => {
    if (signal.aborted) return;
    parts.follow();
    clock.after(missingNodeWarningMs, () => {
      if (!caches.nodes.get({ name: nodeName }) && !signal.aborted) {
        log.warn("Waiting for the Node object: --node-name must be its name", { node: nodeName });
      }
    });
  });
  try {
    await Promise.all([
      aborted(signal),
      serveProxy({ options, addresses, resources, parts, signal }),
      healNowAndThen(dataplane, { log, clock, signal, everyMs: options.syncPeriodMs ?? defaultSyncPeriodMs }),
      followConfiguration(options, resources, signal),
      parts.reporting.run(signal),
    ]);
  } finally {
    stop.abort();
    await parts.loop.close();
    await parts.healthServers.close();
    await closeResources(resources, options.graceMs ?? 0);
  }
}

function createParts(options: ProxyOptions, resources: ProxyResources): ProxyParts {
  const { client, nodeName, log, proxyName } = options;
  const { caches, clock, dataplane, kernel, settings, localAddresses } = resources;
  const loop = new SyncLoop({
    sync: async (queuedAt) => {
      const outcome = await reporting.watch(() => sync.run(queuedAt));
      ready();
      return outcome;
    },
    onError: (error, retryInMs) => log.error("Cannot forward", { error: messageOf(error), retryInMs }),
    clock,
    minIntervalMs: options.minSyncPeriodMs ?? 0,
  });
  const health = createProxyHealth(loop, clock, () =>
    isEligibleForTraffic(caches.nodes.get({ name: nodeName })),
  );
  const healthServers = new ServiceHealthServers(health);
  const events = createEventRecorder({ client, log, component: "porthole-proxy", host: nodeName, clock });
  const reporter = new ProblemReporter({ events, log, findService: (key) => caches.services.get(key) });
  const model = new ForwardingModel(unknownNode(nodeName), proxyName === undefined ? {} : { proxyName });
  const metrics = createProxyMetrics({
    lastQueuedAt: () => loop.lastQueuedAt,
    table: () => sync.table,
  });
  const counter = createChangeCounter(metrics);
  const sync = new ProxySync({ model, dataplane, healthServers, reporter, counter, metrics, clock, log });
  const reporting = createReporting(options, resources, { loop, sync });
  const ready = once(() => {
    log.info("Forwarding", { node: nodeName, dataplane: dataplane.name });
    if (kernel) {
      spareCompiler();
      void tune(options);
    }
    options.onReady?.();
  });
  const onChange = () => loop.trigger();
  const follow = () => followObjects({ caches, model, settings, localAddresses, counter, onChange });
  return { loop, sync, health, healthServers, model, metrics, reporting, follow };
}

/** PERF: only kernel modes load it. */
async function tune({ conntrack = {}, log }: ProxyOptions): Promise<void> {
  const { tuneConntrack } = await import("./tune-conntrack.ts");
  await tuneConntrack(conntrack, log);
}

/** Resolves when all objects have been read once, or the signal fires. */
async function whenFilled({ caches, clock }: ProxyResources, signal: AbortSignal): Promise<void> {
  const { services, slices, nodes, serviceCidrs } = caches;
  try {
    await Promise.all([services.whenSynced(), slices.whenSynced(), nodes.whenSynced()]);
    if (serviceCidrs && !serviceCidrs.synced) {
      await Promise.race([serviceCidrs.whenSynced(), wait(clock, serviceCidrsPatienceMs, signal)]);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** PERF: only a proxy with a configuration file loads it. */
async function followConfiguration(
  { configurationFile }: ProxyOptions,
  { clock }: ProxyResources,
  signal: AbortSignal,
): Promise<void> {
  if (configurationFile === undefined) return;
  const { configurationChange } = await import("./config/configuration-change.ts");
  await configurationChange(configurationFile, signal, clock);
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
