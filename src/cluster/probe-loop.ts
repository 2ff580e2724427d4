/** Probes a container again and again, and tells when the answer has changed for good. */
import type { Probe } from "../api/pod.ts";
import type { Clock } from "../lib/clock.ts";
import { type ProbeTarget, runProbe } from "./probe.ts";

export interface ProbeLoopOptions {
  readonly probe: Probe;
  readonly target: ProbeTarget;
  readonly clock: Clock;
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** The threshold was reached: it passes now, or it fails now. */
  readonly onVerdict: (passes: boolean) => void;
  /** Every single failure, with what was seen. */
  readonly onFailure: (output: string) => void;
  /** Until the first success, ask more often than once a period, so that a pod that starts in 50 ms is not ready only a second later. */
  readonly eager: boolean;
}

const defaults = { periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const eagerFirstMs = 15;

/** Starts probing; the first probe comes after `initialDelaySeconds`. */
export function startProbeLoop({
  probe,
  target,
  clock,
  signal,
  onVerdict,
  onFailure,
  eager,
}: ProbeLoopOptions): void {
  const { periodSeconds, successThreshold, failureThreshold } = { ...defaults, ...probe };
  const periodMs = periodSeconds * 1000;
  let nextEagerMs = eager ? eagerFirstMs : periodMs;
  let successes = 0;
  let failures = 0;

  async function once(): Promise<void> {
    const { success, output } = await runProbe(probe, target);
    if (signal.aborted) return;
    successes = success ? successes + 1 : 0;
    failures = success ? 0 : failures + 1;
    if (success) nextEagerMs = periodMs;
    else if (nextEagerMs >= periodMs) onFailure(output);
    if (success && successes >= successThreshold) onVerdict(true);
    // Failures of the eager phase come faster than the manifest's author reckoned with.
    else if (!success && nextEagerMs >= periodMs && failures >= failureThreshold) onVerdict(false);
    const waitMs = Math.min(nextEagerMs, periodMs);
    nextEagerMs = Math.min(nextEagerMs * 2, periodMs);
    schedule(waitMs);
  }

  function schedule(delayMs: number): void {
    if (signal.aborted) return;
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener("abort", cancel);
      void once();
    });
    signal.addEventListener("abort", cancel, { once: true });
  }

  schedule((probe.initialDelaySeconds ?? 0) * 1000);
}
