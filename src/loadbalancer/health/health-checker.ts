/** HealthChecker: keeps what is known of every target current, by probes and by what happens to clients' connections. */
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { type CheckTarget, checkKey } from "./check-target.ts";
import type { HealthPolicy } from "./health-policy.ts";
import {
  afterResult,
  type ProbeHealth,
  type ProbeResult,
  presumedHealthy,
  unknownHealth,
} from "./probe-health.ts";
import { ProbeScheduler } from "./probe-scheduler.ts";

export interface HealthCheckerOptions {
  readonly policy: HealthPolicy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly probe: (target: CheckTarget) => Promise<ProbeResult>;
  /** What is known of a target has changed in a way that matters to who gets connections. */
  readonly onChange: (key: string) => void;
}

/** A place that clients' connections are led to. */
export interface Place {
  readonly address: string;
  readonly port: number;
  readonly check?: CheckTarget;
}

interface Watched {
  readonly target: CheckTarget;
  health: ProbeHealth;
}

export class HealthChecker {
  readonly #options: HealthCheckerOptions;
  readonly #scheduler: ProbeScheduler;
  readonly #watched = new Map<string, Watched>();
  /** Places that clients could not connect to though their checks pass: they are asked themselves until they answer. */
  readonly #suspects = new Map<string, Watched>();

  constructor(options: HealthCheckerOptions) {
    this.#options = options;
    this.#scheduler = new ProbeScheduler({
      ...options,
      onResult: (key, result) => this.#receive(key, result),
    });
  }

  /** Targets that are probed now. */
  get size(): number {
    return this.#scheduler.size;
  }

  /** Asks these targets from now on and forgets all others. */
  watch(targets: ReadonlyMap<string, CheckTarget>): void {
    for (const key of this.#watched.keys()) {
      if (targets.has(key)) continue;
      this.#watched.delete(key);
      if (!this.#suspects.has(key)) this.#scheduler.remove(key);
    }
    for (const [key, target] of targets) {
      if (this.#watched.has(key)) continue;
      this.#watched.set(key, { target, health: unknownHealth(this.#options.clock.now()) });
      this.#scheduler.add(key, target);
    }
  }

  /** Forgets suspicions against places that no frontend leads to any more. */
  retainSuspects(isThere: (key: string) => boolean): void {
    for (const key of [...this.#suspects.keys()]) if (!isThere(key)) this.#clear(key);
  }

  /** What is known of a place: by its check, and by connections to it where they say otherwise. */
  healthOf(place: Place): ProbeHealth {
    const suspect = this.#suspects.get(suspectKey(place))?.health;
    if (suspect?.state === "unhealthy") return suspect;
    const watched = place.check && this.#watched.get(checkKey(place.check));
    return watched?.health ?? presumedHealthy(0);
  }

  /** A client's connection to the place failed: that counts as a failed probe, and the next one comes at once. */
  connectFailed(place: Place, reason: string): void {
    const result = { passed: false, reason: `a client's connection failed: ${reason}`, told: false } as const;
    const { check } = place;
    const key = suspectKey(place);
    if (check?.address === place.address && check.port === place.port && this.#watched.has(checkKey(check))) {
      this.#receive(checkKey(check), result);
      this.#scheduler.hurry(checkKey(check));
      return;
    }
    if (!this.#suspects.has(key)) {
      const target = { kind: "tcp", address: place.address, port: place.port } as const;
      this.#suspects.set(key, { target, health: presumedHealthy(this.#options.clock.now()) });
      this.#scheduler.add(key, target);
    }
    this.#receive(key, result);
    this.#scheduler.hurry(key);
  }

  close(): void {
    this.#scheduler.close();
  }

  #receive(key: string, result: ProbeResult): void {
    for (const book of [this.#watched, this.#suspects]) {
      const watched = book.get(key);
      if (watched) this.#take(key, watched, result);
    }
    const suspect = this.#suspects.get(key);
    if (suspect?.health.state === "healthy" && suspect.health.against === 0) this.#clear(key);
  }

  #take(key: string, watched: Watched, result: ProbeResult): void {
    const { policy, clock, log, onChange } = this.#options;
    const before = watched.health;
    const after = afterResult(before, result, clock.now(), policy);
    watched.health = after;
    if (before.state !== after.state) {
      const say = after.state === "unhealthy" ? log.warn : log.info;
      say.call(log, `Backend is ${after.state}`, { check: key, was: before.state, reason: after.reason });
    }
    if (before.state !== after.state || before.weight !== after.weight || before.told !== after.told)
      onChange(key);
  }

  #clear(key: string): void {
    this.#suspects.delete(key);
    if (!this.#watched.has(key)) this.#scheduler.remove(key);
  }
}

function suspectKey({ address, port }: Place): string {
  return checkKey({ kind: "tcp", address, port });
}
