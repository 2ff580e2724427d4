/** One virtual router in time: the state machine, its timers, and whoever does what it says. */
import type { Clock } from "../../lib/clock.ts";
import {
  initialState,
  step,
  type VrrpAction,
  type VrrpEvent,
  type VrrpState,
  type VrrpTimer,
} from "./state-machine.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface VrrpInstanceOptions {
  readonly router: VirtualRouter;
  readonly clock: Clock;
  /** Does what is no matter of time; called in order, and must not call back. */
  readonly perform: (action: VrrpDeed) => void;
  /** After everything that belongs to the change was handed to `perform`. */
  readonly changed: (state: VrrpState, previous: VrrpState) => void;
  /**
   * Hands out what has arrived and was not read yet. Called before silence is believed: a process that was stopped for a while finds its
   * time run out before it finds what it should have heard.
   */
  readonly drain?: () => void;
}

export type VrrpDeed = Exclude<VrrpAction, { readonly kind: "set" | "cancel" }>;

export class VrrpInstance {
  readonly #options: VrrpInstanceOptions;
  readonly #timers = new Map<VrrpTimer, () => void>();
  #router: VirtualRouter;
  #state: VrrpState = initialState;

  constructor(options: VrrpInstanceOptions) {
    this.#options = options;
    this.#router = options.router;
  }

  get state(): VrrpState {
    return this.#state;
  }

  get router(): VirtualRouter {
    return this.#router;
  }

  /** From now on it is as told; the state stays, and timers that run end when they would have. */
  reconfigure(router: VirtualRouter): void {
    this.#router = router;
  }

  handle(event: VrrpEvent): void {
    const previous = this.#state;
    const { state, actions } = step(this.#router, previous, event);
    this.#state = state;
    for (const action of actions) {
      if (action.kind === "set") this.#set(action.timer, action.delayMs);
      else if (action.kind === "cancel") this.#cancel(action.timer);
      else this.#options.perform(action);
    }
    if (state.kind !== previous.kind) this.#options.changed(state, previous);
  }

  #set(timer: VrrpTimer, delayMs: number): void {
    this.#cancel(timer);
    const cancel = this.#options.clock.after(delayMs, () => this.#fire(timer, cancel));
    this.#timers.set(timer, cancel);
  }

  #cancel(timer: VrrpTimer): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }

  #fire(timer: VrrpTimer, self: () => void): void {
    if (timer === "active-down") this.#options.drain?.();
    // What was read may have set it anew, or cancelled it.
    if (this.#timers.get(timer) !== self) return;
    this.#timers.delete(timer);
    this.handle({ kind: "timer", timer });
  }
}
