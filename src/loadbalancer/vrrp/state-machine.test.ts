import assert from "node:assert/strict";
import { test } from "node:test";
import { initialState, step, type VrrpAction, type VrrpEvent, type VrrpState } from "./state-machine.ts";
import type { VirtualRouter } from "./virtual-router.ts";

/** Its skew is half an interval. */
const router: VirtualRouter = {
  vrid: 1,
  family: "IPv4",
  addresses: ["192.168.0.10"],
  priority: 128,
  advertIntervalMs: 250,
};
const intervalMs = 250;
const down = 3 * 250 + (128 * 250) / 256;

const backup: VrrpState = {
  kind: "backup",
  activeIntervalMs: intervalMs,
  mayPreempt: true,
  holdsAddresses: false,
};
const active: VrrpState = { kind: "active", announced: 4 };
const leaving: VrrpState = { kind: "leaving" };
const heard = (
  priority: number,
  more: { intervalMs?: number; fromHigherAddress?: boolean } = {},
): VrrpEvent => ({
  kind: "advertisement",
  priority,
  intervalMs,
  fromHigherAddress: false,
  ...more,
});
const timer = (name: "active-down" | "advertisement" | "preempt" | "announcement" | "leave"): VrrpEvent => ({
  kind: "timer",
  timer: name,
});

interface Row {
  readonly name: string;
  readonly router?: Partial<VirtualRouter>;
  readonly from: VrrpState;
  readonly event: VrrpEvent;
  readonly to: VrrpState;
  readonly does: readonly string[];
}

const takeover = [
  "cancel active-down",
  "cancel preempt",
  "add-addresses",
  "announce",
  "set announcement 200",
  "advertise 128",
  "set advertisement 250",
];

const rows: readonly Row[] = [
  {
    name: "starts as backup and waits for three intervals and its skew",
    from: initialState,
    event: { kind: "startup", holdsAddresses: false },
    to: backup,
    does: [`set active-down ${down}`],
  },
  {
    name: "that finds the addresses waits for an interval and its skew",
    from: initialState,
    event: { kind: "startup", holdsAddresses: true },
    to: { ...backup, holdsAddresses: true },
    does: [`set active-down ${down}`, "set active-down 375"],
  },
  {
    name: "whose own the addresses are is active at once",
    router: { priority: 255 },
    from: initialState,
    event: { kind: "startup", holdsAddresses: false },
    to: { kind: "active", announced: 1 },
    does: takeover.map((action) => action.replace("128", "255")),
  },
  {
    name: "with a delay does not preempt before it is over",
    router: { preemptDelayMs: 5000 },
    from: initialState,
    event: { kind: "startup", holdsAddresses: false },
    to: { ...backup, mayPreempt: false },
    does: [`set active-down ${down}`, "set preempt 5000"],
  },
  {
    name: "may preempt when the delay is over",
    from: { ...backup, mayPreempt: false },
    event: timer("preempt"),
    to: backup,
    does: [],
  },
  {
    name: "takes over after silence",
    from: backup,
    event: timer("active-down"),
    to: { kind: "active", announced: 1 },
    does: takeover,
  },
  {
    name: "stays backup to a higher one, by its interval",
    from: backup,
    event: heard(200, { intervalMs: 1000 }),
    to: { ...backup, activeIntervalMs: 1000 },
    does: ["set active-down 3500"],
  },
  {
    name: "stays backup to an equal one",
    from: backup,
    event: heard(128),
    to: backup,
    does: [`set active-down ${down}`],
  },
  { name: "lets the time of a lower one run out", from: backup, event: heard(127), to: backup, does: [] },
  {
    name: "that does not preempt stays backup to a lower one",
    from: { ...backup, mayPreempt: false },
    event: heard(1),
    to: { ...backup, mayPreempt: false },
    does: [`set active-down ${down}`],
  },
  {
    name: "waits only for its skew when the active one leaves",
    from: backup,
    event: heard(0),
    to: backup,
    does: ["set active-down 125"],
  },
  {
    name: "has nothing to do when a backup stops",
    from: backup,
    event: { kind: "shutdown" },
    to: initialState,
    does: ["cancel active-down", "cancel preempt"],
  },
  {
    name: "that crashed gives up the addresses that it finds when somebody else has them",
    from: { ...backup, holdsAddresses: true },
    event: heard(200),
    to: backup,
    does: ["remove-addresses", `set active-down ${down}`],
  },
  {
    name: "that crashed gives them up to a lower one, too, until it preempts",
    from: { ...backup, holdsAddresses: true },
    event: heard(1),
    to: backup,
    does: ["remove-addresses"],
  },
  {
    name: "that crashed and stops removes the addresses",
    from: { ...backup, holdsAddresses: true },
    event: { kind: "shutdown" },
    to: initialState,
    does: ["cancel active-down", "cancel preempt", "remove-addresses"],
  },
  {
    name: "advertises again and again",
    from: active,
    event: timer("advertisement"),
    to: active,
    does: ["advertise 128", "set advertisement 250"],
  },
  {
    name: "announces a second time",
    from: { kind: "active", announced: 1 },
    event: timer("announcement"),
    to: { kind: "active", announced: 2 },
    does: ["announce", "set announcement 800"],
  },
  {
    name: "announces a last time",
    from: { kind: "active", announced: 3 },
    event: timer("announcement"),
    to: active,
    does: ["announce"],
  },
  {
    name: "that is active answers one that leaves",
    from: active,
    event: heard(0),
    to: active,
    does: ["advertise 128", "set advertisement 250"],
  },
  {
    name: "yields to a higher one",
    from: active,
    event: heard(129),
    to: backup,
    does: ["cancel advertisement", "cancel announcement", "leave-addresses", `set active-down ${down}`],
  },
  {
    name: "yields to an equal one with a higher address",
    from: active,
    event: heard(128, { fromHigherAddress: true }),
    to: backup,
    does: ["cancel advertisement", "cancel announcement", "leave-addresses", `set active-down ${down}`],
  },
  {
    name: "asserts itself against an equal one with a lower address",
    from: active,
    event: heard(128),
    to: { kind: "active", announced: 1 },
    does: ["advertise 128", "set advertisement 250", "announce", "set announcement 200"],
  },
  {
    name: "does not start announcing again while it is at it",
    from: { kind: "active", announced: 2 },
    event: heard(5),
    to: { kind: "active", announced: 2 },
    does: ["advertise 128", "set advertisement 250"],
  },
  {
    name: "that leaves says so and keeps the addresses for now",
    from: active,
    event: { kind: "shutdown" },
    to: leaving,
    does: ["cancel advertisement", "cancel announcement", "advertise 0", "set leave 500"],
  },
  {
    name: "has left when somebody else is active",
    from: leaving,
    event: heard(1),
    to: initialState,
    does: ["cancel leave", "leave-addresses"],
  },
  { name: "goes on leaving when another leaves, too", from: leaving, event: heard(0), to: leaving, does: [] },
  {
    name: "has left when nobody came",
    from: leaving,
    event: timer("leave"),
    to: initialState,
    does: ["cancel leave", "leave-addresses"],
  },
  {
    name: "that is leaving and may stay goes on",
    from: leaving,
    event: { kind: "startup", holdsAddresses: true },
    to: { kind: "active", announced: 1 },
    does: ["cancel leave", ...takeover],
  },
  {
    name: "ignores what it hears before it has started",
    from: initialState,
    event: heard(200),
    to: initialState,
    does: [],
  },
  {
    name: "ignores a timer of another state",
    from: active,
    event: timer("active-down"),
    to: active,
    does: [],
  },
];

for (const row of rows) {
  test(`a router ${row.name}`, () => {
    const { state, actions } = step({ ...router, ...row.router }, row.from, row.event);
    assert.deepEqual({ state, does: actions.map(print) }, { state: row.to, does: row.does });
  });
}

test("a router that loses its link gives up all timers, and what it holds", () => {
  for (const [from, holds] of [
    [initialState, false],
    [backup, false],
    [{ ...backup, holdsAddresses: true }, true],
    [active, true],
    [leaving, true],
  ] as const) {
    const { state, actions } = step(router, from, { kind: "link-lost" });
    assert.deepEqual(state, initialState);
    assert.equal(
      actions.some(({ kind }) => kind === "remove-addresses"),
      holds,
      from.kind,
    );
    assert.ok(actions.every(({ kind }) => kind === "cancel" || kind === "remove-addresses"));
  }
});

function print(action: VrrpAction): string {
  return Object.values(action).join(" ");
}
