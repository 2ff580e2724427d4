/** ProbeHealth: what is known of a check's target, as a state machine. Pure: results and the time come from outside. */
import { assertNever } from "../../lib/assert-never.ts";

export interface Thresholds {
  /** So many passes in a row make an unhealthy target healthy. */
  readonly rise: number;
  /** So many failures in a row make a healthy target unhealthy. */
  readonly fall: number;
}

export interface ProbeHealth {
  readonly state: "unknown" | "healthy" | "unhealthy";
  /** When the state began, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Why the state is so: a piece of a sentence. */
  readonly reason: string;
  /** Results in a row that speak against the state. */
  readonly against: number;
  /** The last failure was an answer: whoever was asked said no. Silence and refused connections are none. */
  readonly told: boolean;
  /** The endpoints that the target last said it has. */
  readonly weight?: number;
}

export type ProbeResult =
  | { readonly passed: true; readonly weight?: number }
  | { readonly passed: false; readonly reason: string; readonly told: boolean };

export function unknownHealth(nowMs: number): ProbeHealth {
  return { state: "unknown", sinceMs: nowMs, reason: "not asked yet", against: 0, told: false };
}

/** A target that is taken to be well because others see it so. */
export function presumedHealthy(nowMs: number): ProbeHealth {
  return { state: "healthy", sinceMs: nowMs, reason: "nothing against it", against: 0, told: false };
}

/** Returns what is known after a result. The first result of all decides alone. */
export function afterResult(
  health: ProbeHealth,
  result: ProbeResult,
  nowMs: number,
  { rise, fall }: Thresholds,
): ProbeHealth {
  const next = result.passed ? afterPass(result.weight) : afterFailure(result);
  switch (health.state) {
    case "unknown":
      return { ...next, sinceMs: nowMs };
    case "healthy":
    case "unhealthy": {
      if (next.state === health.state) return { ...next, sinceMs: health.sinceMs };
      const against = health.against + 1;
      if (against < (result.passed ? rise : fall)) return { ...health, against };
      return { ...next, sinceMs: nowMs };
    }
    default:
      return assertNever(health.state);
  }
}

function afterPass(weight: number | undefined): Omit<ProbeHealth, "sinceMs"> {
  const told = { against: 0, told: false, ...(weight !== undefined && { weight }) };
  return { state: "healthy", reason: "it answers", ...told };
}

function afterFailure({ reason, told }: ProbeResult & { passed: false }): Omit<ProbeHealth, "sinceMs"> {
  return { state: "unhealthy", reason, against: 0, told };
}
