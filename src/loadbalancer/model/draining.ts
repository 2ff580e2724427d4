/** Draining: backends that have left, and until when their established connections go on. Pure. */
import type { BalancedBackend } from "../balanced-frontend.ts";

export interface DrainingBackend {
  readonly backend: BalancedBackend;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Returns who drains after a change of a frontend's backends: those that have just left, those that left earlier and are within
 * their time, and nobody who is back.
 */
export function afterChange(
  draining: readonly DrainingBackend[],
  previous: readonly BalancedBackend[],
  next: readonly BalancedBackend[],
  { nowMs, drainMs }: { readonly nowMs: number; readonly drainMs: number },
): readonly DrainingBackend[] {
  const there = new Set(next.map(({ key }) => key));
  const left = previous.filter(({ key }) => !there.has(key));
  return [
    ...stillDraining(draining, nowMs).filter(({ backend }) => !there.has(backend.key)),
    ...left.map((backend) => ({ backend, sinceMs: nowMs, untilMs: nowMs + drainMs })),
  ];
}

export function stillDraining(
  draining: readonly DrainingBackend[],
  nowMs: number,
): readonly DrainingBackend[] {
  return draining.filter(({ untilMs }) => untilMs > nowMs);
}
