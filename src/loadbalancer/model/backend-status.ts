/** BackendStatus: whether a backend gets new connections, and why. Pure. */
import type { BalancedBackend } from "../balanced-frontend.ts";
import type { ProbeHealth } from "../health/probe-health.ts";

/**
 * `unknown`: not asked yet. `doubtful`: it failed together with all others, so nobody can tell. `draining`: it has left, and keeps its
 * established connections until a deadline.
 */
export type BackendState = "unknown" | "healthy" | "unhealthy" | "doubtful" | "draining";

export interface BackendStatus {
  readonly state: BackendState;
  /** Whether new connections may go there. */
  readonly isUsed: boolean;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Its share of new connections, relative to the others'; 0 if not used. */
  readonly weight: number;
}

/** The backends of one frontend, each with what is known of it. */
export interface KnownBackend {
  readonly backend: BalancedBackend;
  readonly health: ProbeHealth;
}

/**
 * Decides who gets new connections:
 *
 * 1. The healthy ones, if there are any.
 * 2. Else those that nobody has asked yet: a balancer that starts does not refuse clients for want of an answer.
 * 3. Else, "cannot tell": of those whose last failure was no answer at all (silence, a refused connection), all that failed within
 *    `togetherMs` before the last one did. Nodes die one by one; what takes all of them at once is more likely between us and
 *    them, or in what we ask. They stay in use until one of them passes, and then states count again. A backend that
 *    answered "no" (HTTP status 503) has told, and is not used.
 * 4. Else nobody: clients are refused.
 */
export function chooseBackends(known: readonly KnownBackend[], togetherMs: number): readonly BackendStatus[] {
  const serves = ({ health }: KnownBackend) => health.state === "healthy" && health.weight !== 0;
  const isUnknown = ({ health }: KnownBackend) => health.state === "unknown";
  const silent = known.filter(({ health }) => health.state === "unhealthy" && !health.told);
  const lastMs = Math.max(...silent.map(({ health }) => health.sinceMs));
  const together = new Set(silent.filter(({ health }) => lastMs - health.sinceMs <= togetherMs));
  const isDoubtful = (one: KnownBackend) => together.has(one);
  const isUsed = [serves, isUnknown, isDoubtful].find((rule) => known.some(rule)) ?? (() => false);
  return known.map((one) => {
    const { state, reason, sinceMs } = one.health;
    const used = isUsed(one);
    const weight = used ? one.backend.weight * (one.health.weight || 1) : 0;
    if (isUsed !== isDoubtful || !used) return { state, isUsed: used, reason, sinceMs, weight };
    return { state: "doubtful", isUsed: used, reason: `${reason}, as all others did`, sinceMs, weight };
  });
}
