/** Balancer: joins frontends, health and dataplane: whatever changes, the dataplane does what follows from it. */
import type {
  ApplyReport,
  BackendFailure,
  Dataplane,
  FrontendCounters,
  Problem,
} from "../dataplane/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { SyncLoop, type SyncOutcome } from "../proxy/sync-loop.ts";
import type { BalancedFrontend } from "./balanced-frontend.ts";
import { HealthChecker } from "./health/health-checker.ts";
import type { HealthPolicy } from "./health/health-policy.ts";
import { runProbe } from "./health/run-probe.ts";
import { BalancerModel, type FrontendState } from "./model/balancer-model.ts";

export interface BalancerOptions {
  readonly dataplane: Dataplane;
  readonly policy: HealthPolicy;
  readonly drainMs: number;
  readonly slowStartMs: number;
  /** Backends see the client's own address. */
  readonly keepsSource: boolean;
  readonly name: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onReady?: () => void;
  /** Told of all that cannot be served, after each try. */
  readonly onProblems?: (problems: readonly Problem[]) => void;
  /** Told after each try whether the dataplane could do anything at all. */
  readonly onTried?: (worked: boolean) => void;
}

export class Balancer {
  readonly #options: BalancerOptions;
  readonly #loop: SyncLoop;
  readonly #checker: HealthChecker;
  readonly #model: BalancerModel;
  #report: ApplyReport | undefined;
  #hasFrontends = false;
  #cancelNext: () => void = () => {};

  constructor(options: BalancerOptions) {
    this.#options = options;
    const { policy, clock, random, log, name, drainMs, slowStartMs, keepsSource } = options;
    this.#loop = new SyncLoop({
      sync: () => this.#sync(),
      onError: (error, retryInMs) => {
        log.error("Cannot forward", { error: String(error), retryInMs });
        options.onTried?.(false);
      },
      clock,
      random,
    });
    this.#checker = new HealthChecker({
      policy,
      clock,
      random,
      log,
      probe: (target) => runProbe(target, policy.timeoutMs),
      onChange: (target) => {
        this.#model.targetChanged(target);
        this.#loop.trigger();
      },
    });
    this.#model = new BalancerModel({
      name,
      togetherMs: policy.togetherMs,
      drainMs,
      slowStartMs,
      keepsSource,
      healthOf: (backend) => this.#checker.healthOf(backend),
      nowMs: () => clock.now(),
    });
  }

  /** Makes the frontends these, and no others. */
  setFrontends(frontends: ReadonlyMap<string, BalancedFrontend>): void {
    this.#hasFrontends = true;
    this.#model.setFrontends(frontends);
    this.#checker.watch(this.#model.targets());
    this.#checker.retainSuspects((key) => this.#model.knowsTarget(key));
    this.#loop.trigger();
  }

  /** What could not be served may be possible now. */
  retry(): void {
    this.#loop.trigger();
  }

  /** A client's connection failed in the dataplane. */
  connectFailed({ frontend, backend, reason }: BackendFailure): void {
    const place = this.#model
      .states()
      .get(frontend.key)
      ?.balanced.backends.find(({ key }) => key === backend.key);
    if (place) this.#checker.connectFailed(place, reason);
  }

  get name(): string {
    return this.#options.name;
  }

  states(): ReadonlyMap<string, FrontendState> {
    return this.#model.states();
  }

  /** What could not be served at the last try; undefined before the first. */
  problems(): readonly Problem[] | undefined {
    return this.#report?.problems;
  }

  counters(): ReadonlyMap<string, FrontendCounters> {
    return this.#options.dataplane.counters?.() ?? new Map();
  }

  /** Asks the kernel where it counts. Throws NetlinkError. */
  async refreshCounters(): Promise<void> {
    await this.#options.dataplane.refreshCounters?.();
  }

  /** Targets that are probed. */
  get targetCount(): number {
    return this.#checker.size;
  }

  async close(): Promise<void> {
    this.#cancelNext();
    this.#checker.close();
    await this.#loop.close();
  }

  async #sync(): Promise<SyncOutcome> {
    const { dataplane, onReady, onProblems, onTried } = this.#options;
    const table = this.#model.update();
    const isFirst = this.#report === undefined;
    this.#report = await dataplane.apply(table);
    this.#planNext();
    onProblems?.(this.#report.problems);
    if (this.#hasFrontends) onTried?.(true);
    if (isFirst && this.#hasFrontends) onReady?.();
    return this.#report.problems.every(({ code }) => code === "not-supported") ? "complete" : "incomplete";
  }

  /** What changes by itself: a deadline of what drains. */
  #planNext(): void {
    const { clock } = this.#options;
    this.#cancelNext();
    const next = this.#model.nextChangeMs;
    this.#cancelNext =
      next === undefined
        ? () => {}
        : clock.after(Math.max(0, next - clock.now()), () => this.#loop.trigger());
  }
}
