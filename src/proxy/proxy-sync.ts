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
import type { ChangeCounter } from "./change-counter.ts";
import { families, type ProxyMetrics } from "./metrics/proxy-metrics.ts";
import type { ProblemReporter } from "./problem-reporter.ts";
import {
  isExpected,
  type ProxyProblem,
  problemOfFrontend,
  problemOfHealthCheck,
  problemOfService,
} from "./proxy-problem.ts";
import type { NodePortPlace } from "./report/read-host-facts.ts";
import type { ServiceHealthFailure, ServiceHealthServers } from "./service-health-servers.ts";
import type { StatusFacts } from "./statusz.ts";
import type { SyncOutcome } from "./sync-loop.ts";

export interface ProxySyncOptions {
  readonly model: ForwardingModel;
  readonly dataplane: Dataplane;
  readonly healthServers: ServiceHealthServers;
  readonly reporter: ProblemReporter;
  readonly counter: Pick<ChangeCounter, "take">;
  readonly metrics: Pick<ProxyMetrics, "syncDuration" | "syncFailures" | "lastSync">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What there is to say of a sync. */
interface Told {
  readonly problems: ModelUpdate["problems"];
  readonly report: ApplyReport;
  readonly failures: readonly ServiceHealthFailure[];
}

export class ProxySync {
  readonly #options: ProxySyncOptions;
  #told: Told | undefined;
  #problems: readonly ProxyProblem[] = [];
  /** What the dataplane was last given, and what it said; undefined after a failure: it is given everything again. */
  #applied: { readonly table: ForwardingTable; readonly report: ApplyReport } | undefined;

  constructor(options: ProxySyncOptions) {
    this.#options = options;
  }

  /** Rejects when the dataplane could do nothing at all. `queuedAt`: when the first change came that this takes up. */
  async run(queuedAt: number): Promise<SyncOutcome> {
    const { model, clock, log, healthServers, counter, metrics } = this.#options;
    const startedAt = performance.now();
    const done = counter.take();
    const update = model.update();
    const report = await this.#apply(update);
    const now = clock.now();
    const elapsedMs = performance.now() - startedAt;
    done(now);
    metrics.syncDuration.observe(elapsedMs / 1000);
    metrics.lastSync.set(now / 1000);
    const { added, removed, changed } = update.diff;
    log.debug("Applied", {
      added: added.length,
      removed: removed.length,
      changed: changed.length,
      programmed: report.programmed,
      problems: report.problems.length,
      elapsedMs,
      sinceChangeMs: now - queuedAt,
    });
    const failures = await healthServers.apply(update.healthChecks, update.table.nodePortAddresses);
    return this.#tell(update, report, failures);
  }

  /** PERF: where all is as it was, as after nearly every change, this costs nothing. */
  #tell({ table, problems }: ModelUpdate, report: ApplyReport, failures: Told["failures"]): SyncOutcome {
    const told = this.#told;
    const isSame =
      told?.problems === problems &&
      [told.report.problems, report.problems, told.failures, failures].every(({ length }) => length === 0);
    if (isSame) return "complete";
    this.#told = { problems, report, failures };
    const unexpected = unexpectedProblems(table, report);
    this.#problems = [
      ...unexpected.map(({ problem, frontend }) => problemOfFrontend(problem, frontend)),
      ...[...problems.values()].flat().map(problemOfService),
      ...failures.map(problemOfHealthCheck),
    ];
    this.#options.reporter.report(this.#problems);
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
    try {
      const report = await this.#options.dataplane.apply(table);
      this.#applied = { table, report };
      return report;
    } catch (error) {
      for (const labels of families) this.#options.metrics.syncFailures.increase(1, labels);
      throw error;
    }
  }

  /** What is not as it should be after the last sync. */
  get problems(): readonly ProxyProblem[] {
    return this.#problems;
  }

  /** What is forwarded now; undefined before the first sync, and after one that failed altogether. */
  get table(): ForwardingTable | undefined {
    return this.#applied?.table;
  }

  /** The NodePorts that are forwarded now. */
  nodePorts(): readonly NodePortPlace[] {
    const frontends = this.#applied?.table.frontends.values() ?? [];
    return [...frontends].flatMap(({ kind, protocol, port }) =>
      kind === "NodePort" && protocol !== "SCTP" ? [{ protocol, port }] : [],
    );
  }

  /** The same in numbers. */
  get applied(): StatusFacts["applied"] {
    if (!this.#applied) return undefined;
    const { table, report } = this.#applied;
    const { nodePortAddresses } = table;
    return { frontends: table.frontends.size, problems: report.problems.length, nodePortAddresses };
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

/** Whether all is the same but the frontends. */
function isSameNode(a: ForwardingTable, b: ForwardingTable): boolean {
  const nodeOf = ({ frontends: _frontends, ...node }: ForwardingTable) => JSON.stringify(node);
  return nodeOf(a) === nodeOf(b);
}
