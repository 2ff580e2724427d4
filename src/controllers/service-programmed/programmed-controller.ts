/** Writes into Services whether all nodes forward their current state. */
import {
  renewedAtMs,
  reportNamespace,
  reportOfLease,
  reportSelector,
  reportValidMs,
} from "../../api/proxy-report/proxy-report.ts";
import { type HeardReport, revisionsOf } from "../../api/proxy-report/service-liveness.ts";
import { leases, openListWatchCache, services as serviceResource } from "../../client/index.ts";
import { findCondition } from "../conditions.ts";
import type { ControllerContext } from "../controller-context.ts";
import { createWorkQueue } from "../work-queue.ts";
import { applyUpdate, statusOf } from "../writes.ts";
import { ContentRevisions } from "./content-revisions.ts";
import {
  commonGround,
  isLiveEverywhere,
  programmedCondition,
  withProgrammed,
} from "./programmed-condition.ts";

/** Changes that come together are looked at together. */
const lookMs = 1_000;
/** A change needs a moment to get to all nodes. Only what takes longer is worth a write, so the usual change costs none. */
const settleMs = 5_000;

/** Writes nothing in a cluster from which no proxy of Porthole has ever reported. */
export function startProgrammedController(context: ControllerContext): void {
  const { client, caches, clock, log, signal } = context;
  const reports = openListWatchCache({
    client,
    resource: leases,
    namespace: reportNamespace,
    labelSelector: reportSelector,
    log,
    signal,
    clock,
  });
  /** When a report was last seen to be renewed, on our own clock: that of the node may be wrong. */
  const renewals = new Map<string, { readonly renewedAtMs: number; readonly seenAtMs: number }>();
  const heardFrom = (node: string): HeardReport | undefined => {
    const lease = byNode.get(node);
    const seen = renewals.get(node);
    return lease && seen && { report: lease, isAlive: clock.now() - seen.seenAtMs < reportValidMs };
  };
  let byNode = new Map<string, HeardReport["report"]>();
  const readReports = () => {
    byNode = new Map();
    for (const lease of reports.items().values()) {
      const report = reportOfLease(lease);
      if (!report) continue;
      byNode.set(report.node, report);
      const renewed = renewedAtMs(lease);
      if (renewals.get(report.node)?.renewedAtMs === renewed) continue;
      renewals.set(report.node, { renewedAtMs: renewed, seenAtMs: clock.now() });
    }
    for (const node of renewals.keys()) if (!byNode.has(node)) renewals.delete(node);
  };
  const contents = new ContentRevisions();
  /** As of the last look. */
  let revisions: ReturnType<typeof revisionsOf> = new Map();
  /** Since when Services are not live everywhere. */
  const lateSince = new Map<string, number>();

  const queue = createWorkQueue({
    ...context,
    name: "service-programmed",
    async sync(key) {
      const service = caches.services.items().get(key);
      if (!service) return undefined;
      const looked = revisions.get(key);
      if (!looked) return undefined;
      // It may have changed since it was looked at.
      const wanted = { ...looked, serviceRevision: contents.of(key, service) };
      const nodes = [...caches.nodes.items().values()];
      const next = withProgrammed(service, wanted, nodes, heardFrom, clock.now());
      if (!next) return undefined;
      const written = await applyUpdate(client, caches, statusOf(serviceResource, next), signal);
      contents.wrote(key, service, written);
      return undefined;
    },
  });

  const wantedRevisions = (): typeof revisions => {
    const services = caches.services.items();
    contents.retain(services);
    const newest = revisionsOf(services.values(), caches.endpointSlices.items().values());
    return new Map(
      [...newest].map(([key, one]) => {
        const service = services.get(key);
        return [key, service ? { ...one, serviceRevision: contents.of(key, service) } : one];
      }),
    );
  };

  const look = () => {
    readReports();
    if (byNode.size === 0) return;
    const services = caches.services.items();
    const ground = commonGround([...caches.nodes.items().values()], heardFrom);
    const now = clock.now();
    revisions = wantedRevisions();
    for (const [key, one] of revisions) {
      const isLive = isLiveEverywhere(one, ground);
      const since = lateSince.get(key) ?? now;
      if (isLive) lateSince.delete(key);
      else lateSince.set(key, since);
      const said = findCondition(services.get(key)?.status?.conditions, programmedCondition)?.status;
      if (isLive ? said !== "True" : now - since >= settleMs) queue.add(key);
    }
    for (const key of lateSince.keys()) if (!revisions.has(key)) lateSince.delete(key);
  };
  const lookAgain = () => {
    if (signal.aborted) return;
    look();
    clock.after(lookMs, lookAgain);
  };
  void reports.whenSynced(signal).then(lookAgain, () => {});
}
