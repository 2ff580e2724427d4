/** SyncLoop: runs a sync when something changed, never two at once, again after a while if it did not fully succeed. */
import { createBackOff } from "../lib/back-off.ts";
import type { Clock } from "../lib/clock.ts";
import { wait } from "../lib/wait.ts";

/** `incomplete`: what could be done is done, and the rest is worth another try later. */
export type SyncOutcome = "complete" | "incomplete";

export interface SyncLoopOptions {
  /** Told when the first of the changes came that it takes up. Rejects when nothing could be done. */
  readonly sync: (queuedAt: number) => Promise<SyncOutcome>;
  readonly onError: (error: unknown, retryInMs: number) => void;
  readonly clock: Clock;
  /** How long the starts of two syncs are apart at least; 0 if absent: a change that comes alone never waits. */
  readonly minIntervalMs?: number;
  readonly random?: () => number;
}

const firstRetryMs = 500;
const maxRetryMs = 30_000;

/** Changes that come while a sync runs are taken up together by the next one. */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  readonly #backOff;
  #queuedAt: number | undefined;
  #waitingSince: number | undefined;
  #lastSyncedAt: number | undefined;
  #lastQueuedAt: number | undefined;
  #running: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #lastStartedAt = Number.NEGATIVE_INFINITY;
  readonly #closing = new AbortController();

  constructor(options: SyncLoopOptions) {
    this.#options = options;
    this.#backOff = createBackOff({
      firstMs: firstRetryMs,
      maxMs: maxRetryMs,
      random: options.random ?? Math.random,
    });
  }

  /** Since when a change has been waiting for a sync that takes it up and succeeds; undefined if there is none. */
  get waitingSince(): number | undefined {
    return this.#waitingSince;
  }

  /** When a sync last succeeded. */
  get lastSyncedAt(): number | undefined {
    return this.#lastSyncedAt;
  }

  /** When a change was last told of. */
  get lastQueuedAt(): number | undefined {
    return this.#lastQueuedAt;
  }

  /** Something changed. */
  trigger(): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    this.#lastQueuedAt = now;
    this.#queuedAt ??= now;
    this.#waitingSince ??= now;
    this.#cancelRetry?.();
    this.#running ??= this.#run();
  }

  /** Waits for the sync that runs; none starts after it. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancelRetry?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    // What else arrives in this turn of the event loop belongs to the same sync.
    await Promise.resolve();
    while (this.#queuedAt !== undefined && !this.#closed) {
      await this.#keepInterval();
      if (this.#closed) break;
      const queuedAt = this.#queuedAt;
      this.#queuedAt = undefined;
      try {
        const outcome = await this.#options.sync(queuedAt);
        this.#lastSyncedAt = this.#options.clock.now();
        this.#waitingSince = this.#queuedAt;
        if (outcome === "complete") this.#backOff.reset();
        else this.#retryLater();
      } catch (error) {
        this.#options.onError(error, this.#retryLater());
      }
    }
    this.#running = undefined;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #keepInterval(): Promise<void> {
    const { clock, minIntervalMs = 0 } = this.#options;
    const earliest = this.#lastStartedAt + minIntervalMs;
    if (minIntervalMs > 0 && clock.now() < earliest) {
      await wait(clock, earliest - clock.now(), this.#closing.signal);
    }
    this.#lastStartedAt = clock.now();
  }

  #retryLater(): number {
    const delayMs = this.#backOff.nextMs();
    this.#cancelRetry?.();
    this.#cancelRetry = this.#options.clock.after(delayMs, () => this.#retry());
    return delayMs;
  }

  /** A retry is not a change: it must not make the proxy look late. */
  #retry(): void {
    if (this.#closed) return;
    this.#queuedAt ??= this.#options.clock.now();
    this.#running ??= this.#run();
  }
}
