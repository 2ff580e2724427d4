/** Slow start: a backend that has come gets a small share of new connections first, and more step by step. Pure. */
import type { BackendStatus } from "./backend-status.ts";

const steps = 5;

/** Which step a backend is at, 1 to `steps`. */
function stepOf({ state, sinceMs }: BackendStatus, nowMs: number, slowStartMs: number): number {
  if (state !== "healthy" || slowStartMs <= 0) return steps;
  return Math.min(steps, Math.floor(((nowMs - sinceMs) / slowStartMs) * steps) + 1);
}

/** Returns the same statuses with weights that are lower for those that have come lately. Where all are equally new, all shares stay as they are. */
export function withSlowStart(
  statuses: readonly BackendStatus[],
  nowMs: number,
  slowStartMs: number,
): readonly BackendStatus[] {
  const at = statuses.map((status) => stepOf(status, nowMs, slowStartMs));
  const used = at.filter((_, index) => statuses[index]?.isUsed);
  if (used.every((step) => step === used[0])) return statuses;
  return statuses.map((status, index) => ({ ...status, weight: status.weight * (at[index] ?? steps) }));
}

/** When the next of them goes up a step, in milliseconds since the epoch; undefined if none does. */
export function nextStepMs(
  statuses: readonly BackendStatus[],
  nowMs: number,
  slowStartMs: number,
): number | undefined {
  const next = statuses.flatMap((status) => {
    const step = stepOf(status, nowMs, slowStartMs);
    return status.isUsed && step < steps ? [status.sinceMs + Math.ceil((step * slowStartMs) / steps)] : [];
  });
  return next.length === 0 ? undefined : Math.min(...next);
}
