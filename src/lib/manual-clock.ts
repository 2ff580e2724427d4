/** A clock for tests that stands still until it is told to move. */
import type { Clock } from "./clock.ts";

export interface ManualClock extends Clock {
  /** Moves time on and runs what is due, in order, at its own time. */
  advance(ms: number): void;
  /** Timers that wait. */
  readonly pending: number;
  /** When the first timer is due; undefined if there is none. */
  readonly nextAt: number | undefined;
}

export function createManualClock(startMs = Date.parse("2026-01-01T00:00:00Z")): ManualClock {
  let now = startMs;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const first = () => [...timers].sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (let timer = first(); timer && timer.at <= end; timer = first()) {
        timers.delete(timer);
        now = timer.at;
        timer.run();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
    get nextAt() {
      return first()?.at;
    },
  };
}
