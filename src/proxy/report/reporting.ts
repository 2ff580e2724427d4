/** What joins a proxy's syncs to its report. */
import type { ListWatchCache } from "../../client/index.ts";
import { formatServiceKey } from "../../forwarding/index.ts";
import type { ProxyOptions } from "../proxy-options.ts";
import type { ProxyResources } from "../proxy-resources.ts";
import type { ProxySync } from "../proxy-sync.ts";
import type { SyncLoop } from "../sync-loop.ts";
import { type ForwardedRevisions, ReportPublisher } from "./report-publisher.ts";

export interface Reporting {
  /** Runs a sync, and notes what it came to. */
  watch<T>(sync: () => Promise<T>): Promise<T>;
  /** Tells the cluster until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

interface Parts {
  readonly loop: Pick<SyncLoop, "waitingSince">;
  readonly sync: Pick<ProxySync, "applied" | "nodePorts" | "problems">;
}

/** A proxy for Services that name it does not report: nodes have one Lease each, and it is that of the proxy for all others. */
export function createReporting(options: ProxyOptions, resources: ProxyResources, parts: Parts): Reporting {
  if (options.proxyName !== undefined) {
    return { watch: (sync) => sync(), run: async () => {} };
  }
  const { client, nodeName, log } = options;
  const { caches, clock, dataplane, kernel } = resources;
  const told = (): ForwardedRevisions => ({
    services: toldRevision(caches.services),
    endpointSlices: toldRevision(caches.slices),
  });
  const publisher = new ReportPublisher({
    client,
    node: nodeName,
    mode: dataplane.name,
    nodeUid: () => caches.nodes.get({ name: nodeName })?.metadata.uid,
    hostFacts: async () => {
      const { readHostFacts } = await import("./read-host-facts.ts");
      return readHostFacts({
        mode: dataplane.name,
        ...(kernel && { nodePorts: parts.sync.nodePorts() }),
        nodePortAddresses: parts.sync.applied?.nodePortAddresses ?? [],
        podCIDRs: caches.nodes.get({ name: nodeName })?.spec.podCIDRs ?? [],
      });
    },
    idleRevisions: () => (parts.loop.waitingSince === undefined ? told() : undefined),
    clock,
    log,
  });
  return {
    async watch(sync) {
      // All that has been told by now is in the model, which a sync takes whole before it first waits.
      const revisions = told();
      try {
        const outcome = await sync();
        const { applied, problems } = parts.sync;
        publisher.synced({
          revisions,
          programmed: applied ? applied.frontends - applied.problems : 0,
          problems: problems.map(({ service, message }) => ({ service: formatServiceKey(service), message })),
        });
        return outcome;
      } catch (error) {
        publisher.failed(error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
    run: (signal) => publisher.run(signal),
  };
}

function toldRevision({ toldVersion }: Pick<ListWatchCache<never>, "toldVersion">): number {
  return Number(toldVersion ?? 0);
}
