/** When a container that ended is started again, as a kubelet reckons it. Pure. */
import type { PodSpec } from "../api/pod.ts";

export type RestartPolicy = NonNullable<PodSpec["restartPolicy"]>;

const longestDelayMs = 300_000;
/** A container that ran so long starts its back-off anew: twice the longest delay. */
const stableAfterMs = 2 * longestDelayMs;

export function restartsAfter(policy: RestartPolicy, exitCode: number): boolean {
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** The first restart comes at once, the next ones after `firstMs`, twice that, … up to five minutes. */
export class RestartBackOff {
  readonly #firstMs: number;
  #restarts = 0;

  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  /** Milliseconds to wait after a run of `ranMs`. */
  next(ranMs: number): number {
    if (ranMs > stableAfterMs) this.#restarts = 0;
    const restarts = this.#restarts++;
    return restarts === 0 ? 0 : Math.min(this.#firstMs * 2 ** (restarts - 1), longestDelayMs);
  }
}

/** As Go prints a duration: `10s`, `1m20s`, `5m0s`. */
export function formatDelay(ms: number): string {
  const seconds = ms / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
