/** Probes a container again and again, and says when enough answers agree. */
import type { Probe } from "../api/pod.ts";
import type { Clock } from "../lib/clock.ts";
import { wait } from "../lib/wait.ts";
import { type ProbeTarget, runProbe } from "./probe.ts";

export interface ProbeLoopOptions {
  readonly probe: Probe;
  readonly target: ProbeTarget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A threshold was reached: it passes now, or it fails now. Called again with each probe while that is so. */
  readonly onVerdict: (passes: boolean) => void;
  /** Every single failure, with what was seen. */
  readonly onFailure: (output: string) => void;
  /** Until the first success, ask more often than once a period; such failures do not count. */
  readonly eager: boolean;
}

const defaults = { periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const eagerFirstMs = 10;

/** Starts probing; the first probe comes after `initialDelaySeconds`. */
export function startProbeLoop(options: ProbeLoopOptions): void {
  void probeLoop(options);
}

async function probeLoop(options: ProbeLoopOptions): Promise<void> {
  const { probe, target, clock, signal, onVerdict, onFailure, eager } = options;
  const { periodSeconds, successThreshold, failureThreshold } = { ...defaults, ...probe };
  const periodMs = periodSeconds * 1000;
  let eagerMs = eager ? eagerFirstMs : periodMs;
  let successes = 0;
  let failures = 0;
  await wait(clock, (probe.initialDelaySeconds ?? 0) * 1000, signal);
  while (!signal.aborted) {
    const { success, output } = await runProbe(probe, target);
    if (signal.aborted) return;
    // Failures of the eager phase come faster than the manifest's author reckoned with.
    const counts = success || eagerMs >= periodMs;
    successes = success ? successes + 1 : 0;
    failures = success ? 0 : failures + (counts ? 1 : 0);
    if (!success && counts) onFailure(output);
    if (success && successes >= successThreshold) onVerdict(true);
    if (!success && failures >= failureThreshold) onVerdict(false);
    const waitMs = success ? periodMs : Math.min(eagerMs, periodMs);
    eagerMs = success ? periodMs : eagerMs * 2;
    await wait(clock, waitMs, signal);
  }
}
