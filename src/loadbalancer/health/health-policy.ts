/** HealthPolicy: how backends are watched, and how much that may cost. */
import type { Thresholds } from "./probe-health.ts";

export interface HealthPolicy extends Thresholds {
  /** From the start of one probe of a target to the next, give or take a tenth. */
  readonly intervalMs: number;
  /** After this an answer is a failure. */
  readonly timeoutMs: number;
  /** Failures of all backends within so long are taken for a failure of ours. */
  readonly togetherMs: number;
  /** Probes under way at once. */
  readonly concurrency: number;
  /** Probes started per second, all together: with more targets the interval grows. */
  readonly perSecond: number;
}

/**
 * With these a node that dies gets no new connection after 0.91 s: it answers a probe and dies; the next one comes 0.33 s later
 * at most and the second 0.33 s after that, which is given up after 0.25 s.
 */
export const defaultHealthPolicy: HealthPolicy = {
  rise: 2,
  fall: 2,
  intervalMs: 300,
  timeoutMs: 250,
  togetherMs: 3000,
  concurrency: 256,
  perSecond: 2000,
};

/** How far a probe's start may be from its time, as a share of the interval, so that probes do not come in bursts. */
export const jitter = 0.1;

/** Longest time from a target's death to its second failed probe, for a number of targets. */
export function detectionMs(policy: HealthPolicy, targets: number): number {
  return intervalFor(policy, targets) * (1 + jitter) * policy.fall + policy.timeoutMs;
}

/** The interval that the budget allows for so many targets. */
export function intervalFor({ intervalMs, perSecond }: HealthPolicy, targets: number): number {
  return Math.max(intervalMs, (targets * 1000) / perSecond);
}
