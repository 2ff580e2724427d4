/** UdpFlows: all flows of a dataplane, the one that was quiet longest first. */
import type { Clock } from "../../lib/clock.ts";
import type { Limits } from "./limits.ts";
import type { UdpFlow } from "./udp-flow.ts";

type FlowLimits = Pick<Limits, "udpFlows" | "udpTimeoutMs" | "udpStreamTimeoutMs">;

const sweepMs = 5000;
/** How far the order may lag behind the truth, so that a datagram does not cost a change of it. */
const orderSlackMs = 1000;

export class UdpFlows {
  readonly #clock: Clock;
  readonly #limits: FlowLimits;
  /** In the order of `since`, the time each flow was last moved to the end. */
  readonly #flows = new Map<UdpFlow, number>();
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock, limits: FlowLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#flows.size;
  }

  add(flow: UdpFlow): void {
    this.#flows.set(flow, flow.activeAtMs);
    if (this.#flows.size > this.#limits.udpFlows) {
      for (const oldest of this.#flows.keys()) {
        oldest.close();
        break;
      }
    }
    this.#cancelSweep ??= this.#clock.after(sweepMs, () => this.#sweep());
  }

  touch(flow: UdpFlow): void {
    const since = this.#flows.get(flow);
    if (since === undefined || flow.activeAtMs - since < orderSlackMs) return;
    this.#flows.delete(flow);
    this.#flows.set(flow, flow.activeAtMs);
  }

  remove(flow: UdpFlow): void {
    this.#flows.delete(flow);
    if (this.#flows.size === 0) {
      this.#cancelSweep?.();
      this.#cancelSweep = undefined;
    }
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    const { udpTimeoutMs, udpStreamTimeoutMs } = this.#limits;
    const now = this.#clock.now();
    for (const [flow, since] of this.#flows) {
      if (now - since < Math.min(udpTimeoutMs, udpStreamTimeoutMs)) break;
      if (now - flow.activeAtMs >= (flow.answered ? udpStreamTimeoutMs : udpTimeoutMs)) flow.close();
    }
    if (this.#flows.size > 0) this.#cancelSweep ??= this.#clock.after(sweepMs, () => this.#sweep());
  }
}
