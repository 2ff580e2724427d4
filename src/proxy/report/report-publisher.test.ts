import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ProxyReport, reportOfLease, reportRenewMs } from "../../api/proxy-report/proxy-report.ts";
import { type ApiClient, leases, openListWatchCache } from "../../client/index.ts";
import { silentLogger } from "../../lib/log.ts";
import { createManualClock, type ManualClock } from "../../lib/manual-clock.ts";
import { startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { ReportPublisher, type SyncResult } from "./report-publisher.ts";

const result = (services: number, more: Partial<SyncResult> = {}): SyncResult => ({
  revisions: { services, endpointSlices: 1 },
  programmed: 3,
  problems: [],
  ...more,
});

interface Told {
  readonly publisher: ReportPublisher;
  readonly clock: ManualClock;
  /** Moves time on until the next report is in the API, and resolves with it. */
  next(): Promise<ProxyReport>;
  stop(): Promise<void>;
}

function publish(
  client: ApiClient,
  idleRevisions: () => SyncResult["revisions"] | undefined = () => undefined,
): Told {
  const clock = createManualClock();
  const end = new AbortController();
  const publisher = new ReportPublisher({
    client,
    node: "node-1",
    mode: "nftables",
    nodeUid: () => undefined,
    hostFacts: async () => ({
      forwards: {},
      strictReversePath: [],
      dropPolicies: [],
      shadowedListeners: [],
    }),
    idleRevisions,
    clock,
    log: silentLogger,
  });
  const cache = openListWatchCache({ client, resource: leases, log: silentLogger, signal: end.signal });
  const reports: ProxyReport[] = [];
  let heard = Promise.withResolvers<void>();
  cache.subscribe(({ added, updated }) => {
    for (const lease of [...added, ...updated.map(({ next }) => next)]) {
      const report = reportOfLease(lease);
      if (report) reports.push(report);
    }
    heard.resolve();
    heard = Promise.withResolvers();
  });
  const running = cache.whenSynced().then(() => publisher.run(end.signal));
  return {
    publisher,
    clock,
    async next() {
      for (;;) {
        const report = reports.shift();
        if (report) return report;
        await Promise.race([heard.promise, new Promise((resolve) => setImmediate(resolve))]);
        if (clock.pending > 0 && reports.length === 0) clock.advance(100);
      }
    },
    async stop() {
      end.abort();
      await running;
    },
  };
}

describe("ReportPublisher", { timeout: 30_000 }, () => {
  const withCluster = async (run: (cluster: TestCluster) => Promise<void>) => {
    const cluster = await startTestCluster();
    try {
      await run(cluster);
    } finally {
      await cluster.close();
    }
  };

  test("tells what a sync came to, and that nothing could be done", () =>
    withCluster(async ({ client }) => {
      const told = publish(client);
      told.publisher.synced(result(5, { problems: [{ service: "default/web", message: "in use" }] }));
      const { services, problems, failure } = await told.next();
      assert.deepEqual([services, problems.length, failure], [5, 1, undefined]);
      told.publisher.failed("no rights");
      assert.equal((await told.next()).failure, "no rights");
      await told.stop();
    }));

  test("where nothing waits, all that has been told of counts, not only what the last sync saw", () =>
    withCluster(async ({ client }) => {
      const told = publish(client, () => ({ services: 9, endpointSlices: 8 }));
      told.publisher.synced(result(5));
      const { services, endpointSlices } = await told.next();
      assert.deepEqual([services, endpointSlices], [9, 8]);
      await told.stop();
    }));

  test("says again that it is alive, and writes a Lease anew that somebody deleted", () =>
    withCluster(async ({ client }) => {
      const told = publish(client);
      told.publisher.synced(result(5));
      await told.next();
      const before = told.clock.now();
      await client.delete(leases, { namespace: "kube-system", name: "porthole-proxy-node-1" });
      assert.equal((await told.next()).services, 5);
      assert.ok(told.clock.now() - before >= reportRenewMs);
      await told.stop();
    }));
});
