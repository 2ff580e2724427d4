/** One sync of a proxy: from what changed to what is forwarded. */
import type { ApplyReport, Dataplane, Problem } from "../dataplane/dataplane.ts";
import {
  type ForwardingModel,
  type ForwardingTable,
  type Frontend,
  isEmptyDiff,
  type ModelUpdate,
} from "../forwarding/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { ProblemReporter } from "./problem-reporter.ts";
import { isExpected, problemOfFrontend, problemOfHealthCheck, problemOfService } from "./proxy-problem.ts";
import type { ServiceHealthServers } from "./service-health-servers.ts";
import type { SyncOutcome } from "./sync-loop.ts";

export interface ProxySyncOptions {
  readonly model: ForwardingModel;
  readonly dataplane: Dataplane;
  readonly healthServers: ServiceHealthServers;
  readonly reporter: ProblemReporter;
  readonly clock: Clock;
  readonly log: Logger;
}

export class ProxySync {
  readonly #options: ProxySyncOptions;
  /** What the dataplane was last given, and what it said; undefined after a failure: it is given everything again. */
  #applied: { readonly table: ForwardingTable; readonly report: ApplyReport } | undefined;

  constructor(options: ProxySyncOptions) {
    this.#options = options;
  }

  /** Rejects when the dataplane could do nothing at all. `queuedAt`: when the first change came that this takes up. */
  async run(queuedAt: number): Promise<SyncOutcome> {
    const { model, clock, log, healthServers, reporter } = this.#options;
    const startedAt = clock.now();
    const update = model.update();
    const report = await this.#apply(update);
    const failures = await healthServers.apply(update.healthChecks.values(), update.table.nodePortAddresses);
    const now = clock.now();
    const { added, removed, changed } = update.diff;
    log.debug("Applied", {
      added: added.length,
      removed: removed.length,
      changed: changed.length,
      programmed: report.programmed,
      problems: report.problems.length,
      elapsedMs: now - startedAt,
      sinceChangeMs: now - queuedAt,
    });
    const unexpected = unexpectedProblems(update.table, report);
    reporter.report([
      ...unexpected.map(({ problem, frontend }) => problemOfFrontend(problem, frontend)),
      ...[...update.problems.values()].flat().map(problemOfService),
      ...failures.map(problemOfHealthCheck),
    ]);
    const isWorthARetry = unexpected.some(({ problem }) => problem.code !== "not-supported");
    return isWorthARetry || failures.length > 0 ? "incomplete" : "complete";
  }

  async #apply({ table, diff }: ModelUpdate): Promise<ApplyReport> {
    const applied = this.#applied;
    const nothingToDo =
      applied &&
      isEmptyDiff(diff) &&
      isSameNode(applied.table, table) &&
      applied.report.problems.length === 0;
    if (nothingToDo) return applied.report;
    this.#applied = undefined;
    const report = await this.#options.dataplane.apply(table);
    this.#applied = { table, report };
    return report;
  }
}

function unexpectedProblems(
  table: ForwardingTable,
  { problems }: ApplyReport,
): readonly { readonly problem: Problem; readonly frontend: Frontend }[] {
  return problems.flatMap((problem) => {
    const frontend = table.frontends.get(problem.frontend);
    return frontend && !isExpected(problem, frontend) ? [{ problem, frontend }] : [];
  });
}

function isSameNode(a: ForwardingTable, b: ForwardingTable): boolean {
  const isSame = (one: readonly string[], other: readonly string[]) => one.join() === other.join();
  return isSame(a.nodeAddresses, b.nodeAddresses) && isSame(a.podCIDRs, b.podCIDRs);
}
