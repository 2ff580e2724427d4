/** runProxy: the program that every node runs, from the API to packets. */
import { type ApiClient, createEventRecorder } from "../client/index.ts";
import type { Dataplane } from "../dataplane/dataplane.ts";
import { ForwardingModel } from "../forwarding/index.ts";
import { aborted } from "../lib/aborted.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { parseBindAddress } from "./bind-address.ts";
import { followObjects, unknownNode } from "./follow-objects.ts";
import { serveHealthz } from "./healthz-server.ts";
import { parseNodePortAddresses } from "./node-port-addresses.ts";
import { openDataplane, type ProxyMode } from "./open-dataplane.ts";
import { ProblemReporter } from "./problem-reporter.ts";
import { openProxyCaches, type ProxyCaches } from "./proxy-caches.ts";
import { createProxyHealth } from "./proxy-health.ts";
import { ProxySync } from "./proxy-sync.ts";
import { ServiceHealthServers } from "./service-health-servers.ts";
import { SyncLoop } from "./sync-loop.ts";
import { isEligibleForTraffic } from "./view-of-node.ts";

export interface ProxyOptions {
  readonly client: ApiClient;
  /** Name of this machine's Node object. */
  readonly nodeName: string;
  /** How it forwards; `userspace` if absent. */
  readonly mode?: ProxyMode;
  /** A dataplane that exists already; it is closed with the proxy. Prevails over `mode`. */
  readonly dataplane?: Dataplane;
  /** `primary` (the default), or CIDRs, separated by commas where they are one text. */
  readonly nodePortAddresses?: string | readonly string[];
  /** Where /healthz and /livez are served, `127.0.0.1:10256` if absent; "" is nowhere. */
  readonly healthzBindAddress?: string;
  /** Serve Services that carry this name as `service.kubernetes.io/service-proxy-name`; absent: those without the label. */
  readonly proxyName?: string;
  /** How long established connections may go on after the signal; 0 if absent. */
  readonly graceMs?: number;
  /** Called once, when everything that the API held at the start is forwarded, or is reported as a problem. */
  readonly onReady?: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** A node that is just starting registers itself before this. */
const missingNodeWarningMs = 5000;

/**
 * Forwards until the signal fires, then closes what it opened and resolves. Nothing is forwarded before all objects have
 * been read once, so that a start does not close ports; when the API is gone the last state stays.
 * Throws SyntaxError when an option cannot be read.
 */
export async function runProxy(options: ProxyOptions): Promise<void> {
  const { client, nodeName, log, signal, proxyName, clock = systemClock } = options;
  const nodePortAddresses = parseNodePortAddresses(options.nodePortAddresses);
  const healthz = parseBindAddress(options.healthzBindAddress ?? "127.0.0.1:10256");
  const dataplane = options.dataplane ?? (await openDataplane(options.mode ?? "userspace", log));
  const ours = proxyName === undefined ? {} : { proxyName };

  const caches = openProxyCaches({ client, nodeName, ...ours, log, signal });
  const findNode = () => caches.nodes.get({ name: nodeName });
  const loop = new SyncLoop({
    sync: async (queuedAt) => {
      const outcome = await sync.run(queuedAt);
      ready();
      return outcome;
    },
    onError: (error, retryInMs) => log.error("Cannot forward", { error: messageOf(error), retryInMs }),
    clock,
  });
  const health = createProxyHealth(loop, clock, () => isEligibleForTraffic(findNode()));
  const healthServers = new ServiceHealthServers(health);
  const events = createEventRecorder({ client, log, component: "porthole-proxy", host: nodeName, clock });
  const reporter = new ProblemReporter({ events, log, findService: (key) => caches.services.get(key) });
  const model = new ForwardingModel(unknownNode(nodeName), ours);
  const sync = new ProxySync({ model, dataplane, healthServers, reporter, clock, log });
  const ready = once(() => {
    log.info("Forwarding", { node: nodeName, dataplane: dataplane.name });
    options.onReady?.();
  });
  whenAllSynced(caches, () => {
    followObjects({ caches, model, nodePortAddresses, onChange: () => loop.trigger() });
    clock.after(missingNodeWarningMs, () => {
      if (!findNode() && !signal.aborted) {
        log.warn("Waiting for the Node object: --node-name must be its name", { node: nodeName });
      }
    });
  });

  const serving = healthz && serveHealthz({ ...healthz, health, clock, log, signal });
  await aborted(signal);
  await Promise.all([serving, loop.close()]);
  await healthServers.close();
  await dataplane.close(options.graceMs ?? 0);
}

function whenAllSynced({ services, slices, nodes }: ProxyCaches, run: () => void): void {
  const synced = Promise.all([services.whenSynced(), slices.whenSynced(), nodes.whenSynced()]);
  synced.then(run, () => {
    // The proxy was stopped before.
  });
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
