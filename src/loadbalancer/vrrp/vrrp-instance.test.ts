import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createManualClock, type ManualClock } from "../../lib/manual-clock.ts";
import type { VrrpState } from "./state-machine.ts";
import { activeDownMs, skewMs, type VirtualRouter } from "./virtual-router.ts";
import { type VrrpDeed, VrrpInstance } from "./vrrp-instance.ts";

const intervalMs = 200;
/** What a packet takes at most; less than an interval, so that three in a row cannot all be late. */
const maximumDelayMs = 20;

/** A machine on the link; a higher index is a higher address. */
interface Machine {
  readonly index: number;
  readonly instance: VrrpInstance;
  /** Has the addresses on its link. */
  holds: boolean;
  /** Hears and is heard. */
  connected: boolean;
}

interface Link {
  readonly clock: ManualClock;
  readonly machines: readonly Machine[];
  /** Times when addresses were taken. */
  readonly takeovers: { readonly at: number; readonly index: number }[];
}

function makeLink(
  routers: readonly Partial<VirtualRouter>[],
  delayMs: (from: number) => number = () => 1,
): Link {
  const clock = createManualClock(0);
  const machines: Machine[] = [];
  const takeovers: Link["takeovers"] = [];
  const deliver = (from: Machine, priority: number) => {
    for (const to of machines) {
      if (to === from || !to.connected || !from.connected) continue;
      const fromHigherAddress = from.index > to.index;
      clock.after(delayMs(from.index), () =>
        to.instance.handle({ kind: "advertisement", priority, intervalMs, fromHigherAddress }),
      );
    }
  };
  for (const [index, change] of routers.entries()) {
    const router = { vrid: 1, family: "IPv4", addresses: ["192.0.2.1"], priority: 100, ...change } as const;
    const perform = (deed: VrrpDeed) => {
      if (deed.kind === "advertise") deliver(machine, deed.priority);
      if (deed.kind === "add-addresses") takeovers.push({ at: clock.now(), index });
      if (deed.kind !== "advertise" && deed.kind !== "announce")
        machine.holds = deed.kind === "add-addresses";
    };
    const instance = new VrrpInstance({ router, clock, perform, changed: () => {} });
    const machine: Machine = { index, instance, holds: false, connected: true };
    machines.push(machine);
  }
  return { clock, machines, takeovers };
}

function start({ instance, holds }: Machine): void {
  instance.handle({ kind: "startup", holdsAddresses: holds });
}

function kindsOf(machines: readonly Machine[]): readonly VrrpState["kind"][] {
  return machines.map(({ instance }) => instance.state.kind);
}

/** More than the longest way to agreement: a preemption delay, a wait for silence, and what packets take. */
const settledMs = 5_000;

test("of any machines, exactly one is active once messages settle, and none is better, whatever happened before", () => {
  const event = fc.record({
    machine: fc.nat({ max: 3 }),
    what: fc.constantFrom("start" as const, "stop" as const, "cut" as const, "join" as const),
    afterMs: fc.nat({ max: 1500 }),
  });
  const priorities = fc.array(fc.integer({ min: 1, max: 254 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(priorities, fc.array(event, { maxLength: 20 }), fc.nat(), (all, events, seed) => {
      const random = pseudoRandom(seed);
      const link = makeLink(
        all.map((priority) => ({ priority })),
        () => random() * maximumDelayMs,
      );
      const { machines, clock } = link;
      for (const { machine: at, what, afterMs } of events) {
        const machine = machines[at % machines.length] as Machine;
        if (what === "start") start(machine);
        else if (what === "stop") machine.instance.handle({ kind: "shutdown" });
        else machine.connected = what === "join";
        clock.advance(afterMs);
      }
      for (const machine of machines) {
        machine.connected = true;
        start(machine);
      }
      clock.advance(settledMs);
      // A backup never takes over from its equal (RFC 9568, section 6.4.2), so any of the best may be the one.
      const highest = Math.max(...all);
      const active = machines.find(({ index, holds }) => holds && all[index] === highest);
      assert.deepEqual(
        kindsOf(machines),
        machines.map((machine) => (machine === active ? "active" : "backup")),
      );
      assert.deepEqual(
        machines.map(({ holds }) => holds),
        machines.map((machine) => machine === active),
      );
    }),
  );
});

test("of equals that are active at once, the one with the highest address stays", () => {
  const { clock, machines } = makeLink([{}, {}, {}]);
  for (const machine of machines) {
    machine.connected = false;
    start(machine);
  }
  clock.advance(settledMs);
  assert.deepEqual(kindsOf(machines), ["active", "active", "active"]);
  for (const machine of machines) machine.connected = true;
  clock.advance(settledMs);
  assert.deepEqual(kindsOf(machines), ["backup", "backup", "active"]);
});

test("an equal that comes later leaves the addresses where they are, however high its address", () => {
  const { clock, machines } = makeLink([{}, {}]);
  for (const machine of machines) {
    start(machine);
    clock.advance(settledMs);
  }
  assert.deepEqual(kindsOf(machines), ["active", "backup"]);
});

test("when the active machine dies, the next one holds the addresses within its own wait", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 254 }), fc.integer({ min: 0, max: 999 }), (priority, afterMs) => {
      const { clock, machines, takeovers } = makeLink([{ priority: priority - 1 }, { priority }]);
      const [second, first] = machines as [Machine, Machine];
      for (const machine of machines) start(machine);
      clock.advance(settledMs + afterMs);
      assert.deepEqual(kindsOf(machines), ["backup", "active"]);
      first.connected = false;
      const deadAt = clock.now();
      clock.advance(settledMs);
      const tookMs = (takeovers.findLast(({ index }) => index === second.index)?.at ?? Number.NaN) - deadAt;
      // The last advertisement was on its way at most an interval ago.
      const wait = activeDownMs(priority - 1, intervalMs);
      assert.ok(tookMs > wait - intervalMs - 1 && tookMs <= wait + 1, `${tookMs} ms`);
      assert.ok(tookMs < 1000);
    }),
  );
});

test("when the active machine stops, the next one takes over after its skew, and somebody holds the addresses all the time", () => {
  const { clock, machines, takeovers } = makeLink([{ priority: 100 }, { priority: 200 }]);
  const [second, first] = machines as [Machine, Machine];
  for (const machine of machines) start(machine);
  clock.advance(settledMs);
  const stoppedAt = clock.now();
  first.instance.handle({ kind: "shutdown" });
  for (let ms = 0; ms < 1000; ms += 1) {
    clock.advance(1);
    assert.ok(first.holds || second.holds);
  }
  assert.equal(takeovers.at(-1)?.at, stoppedAt + 1 + skewMs(100, intervalMs));
  assert.deepEqual([first.holds, second.holds], [false, true]);
});

test("a machine that comes back preempts only after its delay, or never", () => {
  for (const [change, expected] of [
    [{ preemptDelayMs: 3000 }, ["backup", "active"]],
    [{ preempt: false }, ["active", "backup"]],
  ] as const) {
    const { clock, machines } = makeLink([{ priority: 100 }, { priority: 200, ...change }]);
    const [second, first] = machines as [Machine, Machine];
    start(second);
    clock.advance(settledMs);
    start(first);
    clock.advance(2999);
    assert.deepEqual(kindsOf(machines), ["active", "backup"]);
    clock.advance(settledMs);
    assert.deepEqual(kindsOf(machines), expected);
  }
});

test("a machine that crashed and is back at once goes on; one that comes back late gives up what it finds", () => {
  for (const [awayMs, holder] of [
    [100, 1],
    [2000, 0],
  ] as const) {
    const { clock, machines, takeovers } = makeLink([{ priority: 100 }, { priority: 200, preempt: false }]);
    const [second, first] = machines as [Machine, Machine];
    for (const machine of machines) start(machine);
    clock.advance(settledMs);
    first.instance.handle({ kind: "link-lost" });
    first.holds = true;
    clock.advance(awayMs);
    start(first);
    clock.advance(settledMs);
    assert.deepEqual(
      [second.holds, first.holds],
      [holder === 0, holder === 1],
      `${awayMs} ms: ${JSON.stringify(takeovers)}`,
    );
  }
});

test("what has arrived is read before silence is believed", () => {
  const clock = createManualClock(0);
  const deeds: string[] = [];
  let unread = 0;
  const instance: VrrpInstance = new VrrpInstance({
    router: { vrid: 1, family: "IPv4", addresses: ["192.0.2.1"], priority: 100 },
    clock,
    perform: ({ kind }) => deeds.push(kind),
    changed: () => {},
    drain() {
      for (; unread > 0; unread -= 1)
        instance.handle({ kind: "advertisement", priority: 200, intervalMs, fromHigherAddress: true });
    },
  });
  instance.handle({ kind: "startup", holdsAddresses: false });
  unread = 5;
  clock.advance(activeDownMs(100, intervalMs));
  assert.deepEqual([instance.state.kind, deeds], ["backup", []]);
  clock.advance(activeDownMs(100, intervalMs));
  assert.equal(instance.state.kind, "active");
});

/** Numbers from 0 up to 1 that follow from the seed (Park and Miller). */
function pseudoRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
