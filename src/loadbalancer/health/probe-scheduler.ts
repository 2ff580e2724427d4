/** ProbeScheduler: asks every target again and again, within a budget. */
import type { Clock } from "../../lib/clock.ts";
import type { CheckTarget } from "./check-target.ts";
import { type HealthPolicy, intervalFor, jitter } from "./health-policy.ts";
import type { ProbeResult } from "./probe-health.ts";

export interface ProbeSchedulerOptions {
  readonly policy: HealthPolicy;
  readonly clock: Clock;
  /** At least 0 and less than 1. */
  readonly random: () => number;
  /** Never rejects. */
  readonly probe: (target: CheckTarget) => Promise<ProbeResult>;
  readonly onResult: (key: string, result: ProbeResult) => void;
}

interface Scheduled {
  readonly key: string;
  readonly target: CheckTarget;
  state: "waiting" | "queued" | "running";
  /** Asked for while it was being probed. */
  again: boolean;
  cancel: () => void;
}

export class ProbeScheduler {
  readonly #options: ProbeSchedulerOptions;
  readonly #scheduled = new Map<string, Scheduled>();
  readonly #queue = new Set<Scheduled>();
  #running = 0;

  constructor(options: ProbeSchedulerOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#scheduled.size;
  }

  /** Probes it at once, and from then on. */
  add(key: string, target: CheckTarget): void {
    if (this.#scheduled.has(key)) return;
    const scheduled: Scheduled = { key, target, state: "waiting", again: false, cancel: () => {} };
    this.#scheduled.set(key, scheduled);
    this.#enqueue(scheduled);
  }

  remove(key: string): void {
    const scheduled = this.#scheduled.get(key);
    if (!scheduled) return;
    this.#scheduled.delete(key);
    this.#queue.delete(scheduled);
    scheduled.cancel();
  }

  /** Probes it now instead of at its time, if it is known. */
  hurry(key: string): void {
    const scheduled = this.#scheduled.get(key);
    if (scheduled?.state === "running") scheduled.again = true;
    else if (scheduled?.state === "waiting") this.#enqueue(scheduled);
  }

  close(): void {
    for (const key of [...this.#scheduled.keys()]) this.remove(key);
  }

  #enqueue(scheduled: Scheduled): void {
    scheduled.cancel();
    scheduled.state = "queued";
    this.#queue.add(scheduled);
    this.#start();
  }

  #start(): void {
    for (const next of this.#queue) {
      if (this.#running >= this.#options.policy.concurrency) return;
      this.#queue.delete(next);
      void this.#run(next);
    }
  }

  async #run(scheduled: Scheduled): Promise<void> {
    const { clock, probe, onResult } = this.#options;
    const startedAt = clock.now();
    scheduled.state = "running";
    this.#running += 1;
    const result = await probe(scheduled.target);
    this.#running -= 1;
    if (this.#scheduled.get(scheduled.key) === scheduled) {
      this.#plan(scheduled, startedAt);
      onResult(scheduled.key, result);
    }
    this.#start();
  }

  #plan(scheduled: Scheduled, startedAt: number): void {
    const { clock, policy, random } = this.#options;
    const interval = intervalFor(policy, this.#scheduled.size) * (1 - jitter + 2 * jitter * random());
    const delayMs = scheduled.again ? 0 : Math.max(0, Math.round(startedAt + interval - clock.now()));
    scheduled.state = "waiting";
    scheduled.again = false;
    scheduled.cancel = clock.after(delayMs, () => this.#enqueue(scheduled));
  }
}
