/** Counts what is wrong, and says it at a bounded rate: a neighbour can send wrong packets as fast as it likes. */
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { PacketFault } from "./advertisement.ts";

export type VrrpFault =
  | PacketFault
  | "from our own address"
  | "router is not ours"
  | "addresses differ from ours"
  | "to the owner of the addresses"
  | "not sent"
  | "not announced";

/** Other groups of routers may share a link; that is no fault of anybody. */
const silent: ReadonlySet<VrrpFault> = new Set(["router is not ours"]);
/** Each kind of fault is said once in so long. */
const quietMs = 10_000;

export class FaultLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #counts = new Map<VrrpFault, { total: number; unsaid: number; saidAt: number }>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `fields` say more, such as who sent it. */
  add(fault: VrrpFault, fields: object): void {
    const count = this.#counts.get(fault) ?? { total: 0, unsaid: 0, saidAt: Number.NEGATIVE_INFINITY };
    this.#counts.set(fault, count);
    count.total += 1;
    count.unsaid += 1;
    if (silent.has(fault) || this.#clock.now() - count.saidAt < quietMs) return;
    this.#log.warn(`VRRP: ${fault}`, { ...fields, times: count.unsaid });
    count.unsaid = 0;
    count.saidAt = this.#clock.now();
  }

  /** How often each happened. */
  get counts(): ReadonlyMap<VrrpFault, number> {
    return new Map([...this.#counts].map(([fault, { total }]) => [fault, total]));
  }
}
