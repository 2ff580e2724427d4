/** ReportPublisher: tells the cluster what this node's proxy has made so. See api/proxy-report. */
import type { HostFacts } from "../../api/proxy-report/host-facts.ts";
import {
  boundProblems,
  leaseOfReport,
  type ProxyReport,
  type ReportedProblem,
  type ReportLease,
  reportName,
  reportNamespace,
  reportRenewMs,
} from "../../api/proxy-report/proxy-report.ts";
import { type ApiClient, isForbidden, isNotFound, leases } from "../../client/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { formatMicroTime } from "../../lib/rfc3339.ts";
import { wait } from "../../lib/wait.ts";

/** Revisions up to which all changes are in what is forwarded. */
export type ForwardedRevisions = Pick<ProxyReport, "services" | "endpointSlices">;

export interface ReportPublisherOptions {
  readonly client: ApiClient;
  readonly node: string;
  readonly mode: string;
  /** The Node's uid: the report goes when the Node does. */
  readonly nodeUid: () => string | undefined;
  /** How the node's system is set up now. */
  readonly hostFacts: () => Promise<HostFacts>;
  /** Revisions that all has been told of, where nothing waits to be forwarded: later than those of the last sync, since not every change needs one. */
  readonly idleRevisions: () => ForwardedRevisions | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a sync came to. */
export interface SyncResult {
  readonly revisions: ForwardedRevisions;
  readonly programmed: number;
  readonly problems: readonly ReportedProblem[];
}

/**
 * A change after a quiet time is told at once. While changes go on the pauses grow to the second number, so that a large cluster where
 * something always changes costs each node a write in ten seconds.
 */
const firstPauseMs = 1_000;
const longestPauseMs = 10_000;
/** PERF: to look who listens takes some milliseconds on a busy machine. */
const hostFactsValidMs = 60_000;
/** Whoever lacks the right may be given it. */
const forbiddenPauseMs = 300_000;

export class ReportPublisher {
  readonly #options: ReportPublisherOptions;
  #result: SyncResult | undefined;
  #failure: string | undefined;
  #host: { readonly facts: HostFacts; readonly readAt: number } | undefined;
  #changed = Promise.withResolvers<void>();
  #hasChanged = false;
  #complained = false;

  constructor(options: ReportPublisherOptions) {
    this.#options = options;
  }

  /** A sync did what it could. */
  synced(result: SyncResult): void {
    this.#result = result;
    this.#failure = undefined;
    this.#change();
  }

  /** A sync could do nothing at all. */
  failed(message: string): void {
    this.#failure = message;
    this.#change();
  }

  /** Tells until the signal fires. Not at once: a node that starts has more urgent things to do. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await wait(clock, firstPauseMs, signal);
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      await this.#changeOrRenewal(signal);
      if (signal.aborted) return;
      this.#hasChanged = false;
      this.#changed = Promise.withResolvers();
      const isAllowed = await this.#publish(signal);
      await wait(clock, isAllowed ? pauseMs : forbiddenPauseMs, signal);
      pauseMs = this.#hasChanged ? Math.min(pauseMs * 2, longestPauseMs) : firstPauseMs;
    }
  }

  #change(): void {
    this.#hasChanged = true;
    this.#changed.resolve();
  }

  async #changeOrRenewal(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const done = new AbortController();
    const renewal = wait(clock, reportRenewMs, AbortSignal.any([signal, done.signal]));
    await Promise.race([this.#changed.promise, renewal]);
    done.abort();
  }

  /** Resolves with false if the right is missing. */
  async #publish(signal: AbortSignal): Promise<boolean> {
    await this.#readHost();
    const report = this.#report();
    if (!report) return true;
    const { client, clock, log, node } = this.#options;
    const lease = leaseOfReport(report, formatMicroTime(clock.now()));
    const { annotations = {} } = lease.metadata;
    try {
      const key = { namespace: reportNamespace, name: reportName(node) };
      const body = { metadata: { annotations }, spec: lease.spec };
      await client.patch(leases, key, "merge", body, { signal }).catch(async (error: unknown) => {
        if (!isNotFound(error)) throw error;
        await client.create(leases, this.#owned(lease), { signal });
      });
      this.#complained = false;
    } catch (error) {
      if (signal.aborted) return true;
      const isMissingRight = isForbidden(error);
      const text = error instanceof Error ? error.message : String(error);
      if (isMissingRight && !this.#complained) {
        log.warn(
          `Cannot report what is forwarded, so that "porthole status" does not know of this node: the proxy needs get, create and patch on leases in ${reportNamespace}`,
          { error: text },
        );
      } else log.debug("Cannot report what is forwarded", { error: text });
      this.#complained = isMissingRight;
      return !isMissingRight;
    }
    return true;
  }

  #report(): ProxyReport | undefined {
    const { node, mode, idleRevisions } = this.#options;
    const result = this.#result;
    if (!result && this.#failure === undefined) return undefined;
    const isIdle = this.#failure === undefined;
    const revisions = (isIdle ? idleRevisions() : undefined) ?? result?.revisions;
    return {
      node,
      mode,
      services: revisions?.services ?? 0,
      endpointSlices: revisions?.endpointSlices ?? 0,
      programmed: result?.programmed ?? 0,
      ...(this.#failure !== undefined && { failure: this.#failure }),
      ...boundProblems(result?.problems ?? []),
      ...(this.#host && { host: this.#host.facts }),
    };
  }

  async #readHost(): Promise<void> {
    const { clock, hostFacts } = this.#options;
    if (this.#host && clock.now() - this.#host.readAt < hostFactsValidMs) return;
    const facts = await hostFacts();
    this.#host = { facts, readAt: clock.now() };
  }

  #owned(lease: ReportLease): ReportLease {
    const { node: name } = this.#options;
    const uid = this.#options.nodeUid();
    if (uid === undefined) return lease;
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid }];
    return { ...lease, metadata: { ...lease.metadata, ownerReferences } };
  }
}
