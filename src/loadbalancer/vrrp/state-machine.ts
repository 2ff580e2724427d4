/**
 * The protocol as a pure function (RFC 9568, section 6.4): what a router does about what happens to it. Addresses are always answered for
 * by who holds them (Accept_Mode is true): a load balancer's addresses are there to be talked to.
 */
import { assertNever } from "../../lib/assert-never.ts";
import {
  activeDownMs,
  defaultAdvertIntervalMs,
  ownerPriority,
  skewMs,
  type VirtualRouter,
} from "./virtual-router.ts";

/** `leaving`: it has said that it gives the addresses up, and answers for them until somebody else does. */
export type VrrpState =
  | { readonly kind: "initialize" }
  | {
      readonly kind: "backup";
      /** What the active router says of itself. */
      readonly activeIntervalMs: number;
      /** It may take over from who has a lower priority; false until the delay is over. */
      readonly mayPreempt: boolean;
      /** It found the addresses on its link when it started: it crashed while it was active. */
      readonly holdsAddresses: boolean;
    }
  | { readonly kind: "active" /** Announcements made since it took over. */; readonly announced: number }
  | { readonly kind: "leaving" };

export type VrrpTimer = "active-down" | "advertisement" | "preempt" | "announcement" | "leave";

export type VrrpEvent =
  /** `holdsAddresses`: they are on the link already. */
  | { readonly kind: "startup"; readonly holdsAddresses: boolean }
  | { readonly kind: "shutdown" }
  /** The link is down: nobody can be told anything. */
  | { readonly kind: "link-lost" }
  | {
      readonly kind: "advertisement";
      readonly priority: number;
      readonly intervalMs: number;
      /** Between two of the same priority the higher address decides. */
      readonly fromHigherAddress: boolean;
    }
  | { readonly kind: "timer"; readonly timer: VrrpTimer };

export type VrrpAction =
  | { readonly kind: "advertise"; readonly priority: number }
  | { readonly kind: "add-addresses" }
  | { readonly kind: "remove-addresses" }
  /** Another machine has them now; connections that began here may go on. */
  | { readonly kind: "leave-addresses" }
  /** Tell the neighbours who holds the addresses. */
  | { readonly kind: "announce" }
  /** Calls back with a timer's event once, in place of what was set for it before. */
  | { readonly kind: "set"; readonly timer: VrrpTimer; readonly delayMs: number }
  | { readonly kind: "cancel"; readonly timer: VrrpTimer };

export interface VrrpStep {
  readonly state: VrrpState;
  /** To be done in this order. */
  readonly actions: readonly VrrpAction[];
}

export const initialState: VrrpState = { kind: "initialize" };

/** Waits between the announcements after a takeover: neighbours may miss one, and switches may learn late. */
const announcementDelaysMs: readonly number[] = [200, 800, 4_000];
/** Whoever takes over does so within an interval, unless there is nobody. */
const intervalsOfLeaving = 2;

/** Returns what a router is after an event, and what is to be done. An event that means nothing now changes nothing. */
export function step(router: VirtualRouter, state: VrrpState, event: VrrpEvent): VrrpStep {
  if (event.kind === "link-lost") return lost(state);
  switch (state.kind) {
    case "initialize":
      return event.kind === "startup" ? start(router, event.holdsAddresses) : same(state);
    case "backup":
      return asBackup(router, state, event);
    case "active":
      return asActive(router, state, event);
    case "leaving":
      return asLeaving(router, state, event);
    default:
      return assertNever(state);
  }
}

/** Who finds the addresses on its link takes them up again unless an interval passes with somebody else in it. */
function start(router: VirtualRouter, holdsAddresses: boolean): VrrpStep {
  if (router.priority === ownerPriority) return becomeActive(router);
  const interval = intervalMs(router);
  if (!holdsAddresses) return becomeBackup(router, interval);
  const { state, actions } = becomeBackup(router, interval, true);
  return { state, actions: [...actions, set("active-down", interval + skewMs(router.priority, interval))] };
}

function asBackup(router: VirtualRouter, state: VrrpState & { kind: "backup" }, event: VrrpEvent): VrrpStep {
  switch (event.kind) {
    case "shutdown":
      return {
        state: initialState,
        actions: [cancel("active-down"), cancel("preempt"), ...(state.holdsAddresses ? [removal] : [])],
      };
    case "timer":
      if (event.timer === "preempt") return { state: { ...state, mayPreempt: true }, actions: [] };
      return event.timer === "active-down" ? becomeActive(router) : same(state);
    case "advertisement":
      return hear(router, state, event);
    default:
      return same(state);
  }
}

function hear(
  router: VirtualRouter,
  state: VrrpState & { kind: "backup" },
  { priority, intervalMs: activeIntervalMs }: VrrpEvent & { kind: "advertisement" },
): VrrpStep {
  if (priority === 0)
    return { state, actions: [set("active-down", skewMs(router.priority, state.activeIntervalMs))] };
  // Somebody else answers for the addresses, whoever of both is to have them in the end.
  const giveUp = state.holdsAddresses ? [removal] : [];
  const next = { ...state, holdsAddresses: false };
  if (priority < router.priority && state.mayPreempt) return { state: next, actions: giveUp };
  return {
    state: { ...next, activeIntervalMs },
    actions: [...giveUp, set("active-down", activeDownMs(router.priority, activeIntervalMs))],
  };
}

function asActive(router: VirtualRouter, state: VrrpState & { kind: "active" }, event: VrrpEvent): VrrpStep {
  const advertise = [advertisement(router.priority), set("advertisement", intervalMs(router))];
  switch (event.kind) {
    case "shutdown":
      return {
        state: { kind: "leaving" },
        actions: [
          cancel("advertisement"),
          cancel("announcement"),
          advertisement(0),
          set("leave", intervalsOfLeaving * intervalMs(router)),
        ],
      };
    case "timer":
      if (event.timer === "advertisement") return { state, actions: advertise };
      return event.timer === "announcement" ? announceAgain(state) : same(state);
    case "advertisement":
      if (event.priority === 0) return { state, actions: advertise };
      if (mustYield(router, event)) {
        const { state: next, actions } = becomeBackup(router, event.intervalMs);
        return {
          state: next,
          actions: [cancel("advertisement"), cancel("announcement"), handOver, ...actions],
        };
      }
      return assertItself(state, advertise);
    default:
      return same(state);
  }
}

/** A router that is lower says that it is active, too: it and everybody else are to know better. */
function assertItself(state: VrrpState & { kind: "active" }, advertise: readonly VrrpAction[]): VrrpStep {
  // While announcements are on their way no others are started, so a router that does not listen causes few.
  if (state.announced <= announcementDelaysMs.length) return { state, actions: advertise };
  const { state: next, actions } = announceAgain({ kind: "active", announced: 0 });
  return { state: next, actions: [...advertise, ...actions] };
}

function announceAgain({ announced }: VrrpState & { kind: "active" }): VrrpStep {
  const delayMs = announcementDelaysMs[announced];
  return {
    state: { kind: "active", announced: announced + 1 },
    actions: [announcement, ...(delayMs === undefined ? [] : [set("announcement", delayMs)])],
  };
}

function mustYield(
  { priority }: VirtualRouter,
  event: { readonly priority: number; readonly fromHigherAddress: boolean },
): boolean {
  return event.priority > priority || (event.priority === priority && event.fromHigherAddress);
}

function asLeaving(
  router: VirtualRouter,
  state: VrrpState & { kind: "leaving" },
  event: VrrpEvent,
): VrrpStep {
  const leave = { state: initialState, actions: [cancel("leave"), handOver] };
  switch (event.kind) {
    case "startup": {
      const { state: next, actions } = becomeActive(router);
      return { state: next, actions: [cancel("leave"), ...actions] };
    }
    case "timer":
      return event.timer === "leave" ? leave : same(state);
    case "advertisement":
      return event.priority > 0 ? leave : same(state);
    default:
      return same(state);
  }
}

/** Whether a router in this state has the addresses on its link. */
export function holdsAddresses(state: VrrpState): boolean {
  if (state.kind === "backup") return state.holdsAddresses;
  return state.kind === "active" || state.kind === "leaving";
}

function lost(state: VrrpState): VrrpStep {
  if (state.kind === "initialize") return same(state);
  const timers: readonly VrrpTimer[] = ["active-down", "advertisement", "preempt", "announcement", "leave"];
  return {
    state: initialState,
    actions: [...timers.map(cancel), ...(holdsAddresses(state) ? [removal] : [])],
  };
}

function becomeBackup(router: VirtualRouter, activeIntervalMs: number, holdsAddresses = false): VrrpStep {
  const { preempt = true, preemptDelayMs = 0 } = router;
  const delayed = preempt && preemptDelayMs > 0;
  return {
    state: { kind: "backup", activeIntervalMs, mayPreempt: preempt && !delayed, holdsAddresses },
    actions: [
      set("active-down", activeDownMs(router.priority, activeIntervalMs)),
      ...(delayed ? [set("preempt", preemptDelayMs)] : []),
    ],
  };
}

function becomeActive(router: VirtualRouter): VrrpStep {
  const { state, actions } = announceAgain({ kind: "active", announced: 0 });
  return {
    state,
    // Addresses first, unlike the RFC: whoever yields to the advertisement knows that nobody needs it any more.
    actions: [
      cancel("active-down"),
      cancel("preempt"),
      { kind: "add-addresses" },
      ...actions,
      advertisement(router.priority),
      set("advertisement", intervalMs(router)),
    ],
  };
}

const removal: VrrpAction = { kind: "remove-addresses" };
const handOver: VrrpAction = { kind: "leave-addresses" };
const announcement: VrrpAction = { kind: "announce" };

function same(state: VrrpState): VrrpStep {
  return { state, actions: [] };
}

function advertisement(priority: number): VrrpAction {
  return { kind: "advertise", priority };
}

function set(timer: VrrpTimer, delayMs: number): VrrpAction {
  return { kind: "set", timer, delayMs };
}

function cancel(timer: VrrpTimer): VrrpAction {
  return { kind: "cancel", timer };
}

function intervalMs({ advertIntervalMs = defaultAdvertIntervalMs }: VirtualRouter): number {
  return advertIntervalMs;
}
