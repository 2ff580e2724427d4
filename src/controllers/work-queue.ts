/**
 * WorkQueue: calls a controller for the objects that may need it. Level-triggered: a key says only which object to look at,
 * never what happened to it, so keys that are added many times are worked on once.
 */
import { isConflict, isNetworkError } from "../client/index.ts";
import { type BackOff, createBackOff } from "../lib/back-off.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";

export interface WorkQueueOptions {
  readonly name: string;
  /**
   * Brings one object to where it should be. Resolves with the milliseconds after which to look at it again, if time alone
   * may change something. Rejects to be called again after a back-off.
   */
  readonly sync: (key: string, signal: AbortSignal) => Promise<number | undefined>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** So many keys are worked on at a time; one key never twice at a time. */
  readonly concurrency?: number;
}

export interface WorkQueue {
  /** A key that is being worked on is worked on once more afterwards: no wake-up is lost. */
  add(key: string): void;
  /** Resolves when nothing waits to be worked on; keys that wait for a time do not count. */
  idle(): Promise<void>;
}

const firstRetryMs = 20;
const maxRetryMs = 30_000;
/** Failures of one object that go on are told again after so many. */
const tellEvery = 10;

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { name, sync, clock, random, signal, concurrency = 4 } = options;
  const log = options.log.child({ controller: name });
  const waiting = new Set<string>();
  const working = new Set<string>();
  const timers = new Map<string, () => void>();
  const failures = new Map<string, { readonly backOff: BackOff; count: number }>();
  let idleWaiters: (() => void)[] = [];

  const later = (key: string, delayMs: number) => {
    timers.get(key)?.();
    const cancel = clock.after(delayMs, () => {
      timers.delete(key);
      add(key);
    });
    timers.set(key, cancel);
  };

  const failed = (key: string, error: unknown) => {
    const failure = failures.get(key) ?? {
      backOff: createBackOff({ firstMs: firstRetryMs, maxMs: maxRetryMs, random }),
      count: 0,
    };
    failures.set(key, failure);
    const text = error instanceof Error ? error.message : String(error);
    const expected = isConflict(error) || isNetworkError(error);
    if (!expected && failure.count % tellEvery === 0)
      log.warn("Cannot bring an object up to date", { key, error: text });
    else log.debug("Cannot bring an object up to date yet", { key, error: text });
    failure.count++;
    later(key, failure.backOff.nextMs());
  };

  const work = async (key: string) => {
    working.add(key);
    // Whoever added the key may be about to add more, or to change what the reconciler reads.
    await Promise.resolve();
    waiting.delete(key);
    timers.get(key)?.();
    timers.delete(key);
    try {
      const againAfterMs = await sync(key, signal);
      failures.delete(key);
      if (againAfterMs !== undefined && !signal.aborted) later(key, Math.max(againAfterMs, 1));
    } catch (error) {
      if (!signal.aborted) failed(key, error);
    } finally {
      working.delete(key);
      pump();
    }
  };

  const pump = () => {
    if (signal.aborted) waiting.clear();
    for (const key of waiting) {
      if (working.size >= concurrency) return;
      if (!working.has(key)) void work(key);
    }
    if (waiting.size + working.size === 0) {
      const waiters = idleWaiters;
      idleWaiters = [];
      for (const resolve of waiters) resolve();
    }
  };

  const add = (key: string) => {
    if (signal.aborted) return;
    waiting.add(key);
    pump();
  };

  signal.addEventListener("abort", () => {
    for (const cancel of timers.values()) cancel();
    timers.clear();
    pump();
  });
  return {
    add,
    idle: () =>
      waiting.size + working.size === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => idleWaiters.push(resolve)),
  };
}
