/** BalancerModel: turns changing frontends and what is known of their backends into ForwardingTables, at the cost of what changed. */
import type { ForwardingTable, Frontend } from "../../forwarding/index.ts";
import { SortedMap } from "../../forwarding/sorted-map.ts";
import type { BalancedBackend, BalancedFrontend } from "../balanced-frontend.ts";
import { type CheckTarget, checkKey } from "../health/check-target.ts";
import type { ProbeHealth } from "../health/probe-health.ts";
import { type BackendStatus, chooseBackends } from "./backend-status.ts";
import { compileFrontend } from "./compile-frontend.ts";
import { afterChange, type DrainingBackend, stillDraining } from "./draining.ts";
import { nextStepMs, withSlowStart } from "./slow-start.ts";

export interface BalancerModelOptions {
  /** The balancer's own name. */
  readonly name: string;
  readonly togetherMs: number;
  /** How long the connections of a backend that left go on. */
  readonly drainMs: number;
  /** How long a backend that has come takes to get its whole share. */
  readonly slowStartMs: number;
  /** Backends see the client's own address; false if absent. */
  readonly keepsSource?: boolean;
  readonly healthOf: (backend: BalancedBackend) => ProbeHealth;
  readonly nowMs: () => number;
}

/** A frontend as it is now. */
export interface FrontendState {
  readonly balanced: BalancedFrontend;
  /** Of `balanced.backends`, in their order. */
  readonly statuses: readonly BackendStatus[];
  readonly draining: readonly DrainingBackend[];
  /** When it changes by itself, in milliseconds since the epoch. */
  readonly nextMs: number | undefined;
}

export class BalancerModel {
  readonly #options: BalancerModelOptions;
  readonly #states = new Map<string, FrontendState>();
  /** Frontends by the target that their backends' health is known by, and by the place of their backends. */
  readonly #byTarget = new Map<string, Set<string>>();
  /** With how many backends name each. PERF: thousands of frontends have few targets, the nodes' proxies. */
  readonly #checks = new Map<string, { readonly target: CheckTarget; uses: number }>();
  readonly #dirty = new Set<string>();
  #compiled = SortedMap.empty<Frontend>();

  constructor(options: BalancerModelOptions) {
    this.#options = options;
  }

  states(): ReadonlyMap<string, FrontendState> {
    return this.#states;
  }

  /** All targets that are to be asked. */
  targets(): ReadonlyMap<string, CheckTarget> {
    return new Map([...this.#checks].map(([key, { target }]) => [key, target]));
  }

  /** Whether anything leads to the target or asks it. */
  knowsTarget(key: string): boolean {
    return this.#byTarget.has(key);
  }

  /** Makes the frontends these, and no others. PERF: a frontend that is the same object as before costs nothing. */
  setFrontends(frontends: ReadonlyMap<string, BalancedFrontend>): void {
    for (const [key, { balanced }] of this.#states) {
      if (frontends.has(key)) continue;
      this.#unlink(balanced);
      this.#states.delete(key);
      this.#dirty.add(key);
    }
    for (const [key, balanced] of frontends) {
      const state = this.#states.get(key);
      if (state?.balanced === balanced) continue;
      if (state) this.#unlink(state.balanced);
      this.#link(balanced);
      this.#states.set(key, {
        balanced,
        statuses: [],
        draining: this.#drainingAfter(state, balanced),
        nextMs: undefined,
      });
      this.#dirty.add(key);
    }
  }

  /** What is known of a target has changed. */
  targetChanged(target: string): void {
    for (const key of this.#byTarget.get(target) ?? []) this.#dirty.add(key);
  }

  /** When something changes by itself; undefined if nothing does. Milliseconds since the epoch. */
  get nextChangeMs(): number | undefined {
    let next: number | undefined;
    for (const { nextMs } of this.#states.values())
      if (nextMs !== undefined) next = Math.min(next ?? nextMs, nextMs);
    return next;
  }

  /** What the dataplane must do now. Tables share what did not change. */
  update(): ForwardingTable {
    const nowMs = this.#options.nowMs();
    for (const [key, { nextMs }] of this.#states)
      if (nextMs !== undefined && nextMs <= nowMs) this.#dirty.add(key);
    const changes = new Map<string, Frontend | undefined>();
    for (const key of this.#dirty) changes.set(key, this.#compile(key, nowMs));
    this.#dirty.clear();
    this.#compiled = this.#compiled.with(changes);
    return {
      node: this.#options.name,
      nodePortAddresses: [],
      nodeAddresses: [],
      podCIDRs: [],
      frontends: this.#compiled,
    };
  }

  #compile(key: string, nowMs: number): Frontend | undefined {
    const state = this.#states.get(key);
    if (!state) return undefined;
    const { healthOf, togetherMs, slowStartMs } = this.#options;
    const known = state.balanced.backends.map((backend) => ({ backend, health: healthOf(backend) }));
    const chosen = chooseBackends(known, togetherMs);
    const statuses = withSlowStart(chosen, nowMs, slowStartMs);
    const draining = stillDraining(state.draining, nowMs);
    const moments = [nextStepMs(chosen, nowMs, slowStartMs), ...draining.map(({ untilMs }) => untilMs)];
    const nextMs = Math.min(...moments.filter((moment) => moment !== undefined));
    this.#states.set(key, {
      ...state,
      statuses,
      draining,
      nextMs: Number.isFinite(nextMs) ? nextMs : undefined,
    });
    return compileFrontend(state.balanced, statuses, draining, this.#options.keepsSource);
  }

  #drainingAfter(state: FrontendState | undefined, next: BalancedFrontend): readonly DrainingBackend[] {
    if (!state) return [];
    const { drainMs, nowMs } = this.#options;
    const time = { nowMs: nowMs(), drainMs };
    return afterChange(state.draining, state.balanced.backends, next.backends, time);
  }

  #link(balanced: BalancedFrontend): void {
    for (const target of targetsOf(balanced)) {
      const frontends = this.#byTarget.get(target) ?? new Set();
      this.#byTarget.set(target, frontends.add(balanced.key));
    }
    for (const [key, target] of checksOf(balanced)) {
      const check = this.#checks.get(key) ?? { target, uses: 0 };
      check.uses += 1;
      this.#checks.set(key, check);
    }
  }

  #unlink(balanced: BalancedFrontend): void {
    for (const target of targetsOf(balanced)) {
      const frontends = this.#byTarget.get(target);
      frontends?.delete(balanced.key);
      if (frontends?.size === 0) this.#byTarget.delete(target);
    }
    for (const [key] of checksOf(balanced)) {
      const check = this.#checks.get(key);
      if (!check) continue;
      check.uses -= 1;
      if (check.uses === 0) this.#checks.delete(key);
    }
  }
}

function* checksOf({ backends }: BalancedFrontend): Generator<readonly [string, CheckTarget], undefined> {
  for (const { check } of backends) if (check) yield [checkKey(check), check];
  return undefined;
}

function targetsOf({ backends }: BalancedFrontend): ReadonlySet<string> {
  return new Set(
    backends.flatMap(({ address, port, check }) => [
      checkKey({ kind: "tcp", address, port }),
      ...(check ? [checkKey(check)] : []),
    ]),
  );
}
