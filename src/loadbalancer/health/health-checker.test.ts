import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { silentLogger } from "../../lib/log.ts";
import { createManualClock } from "../../lib/manual-clock.ts";
import { type CheckTarget, checkKey } from "./check-target.ts";
import { HealthChecker } from "./health-checker.ts";
import { defaultHealthPolicy } from "./health-policy.ts";
import type { ProbeResult } from "./probe-health.ts";

const healthz: CheckTarget = { kind: "http", address: "192.0.2.1", port: 10_256, path: "/healthz" };
const place = { address: "192.0.2.1", port: 30_080, check: healthz };
const nodePort: CheckTarget = { kind: "tcp", address: place.address, port: place.port };

/** `answers` says by key what the next probes of a target get; a pass if it says nothing. */
function setUp() {
  const clock = createManualClock(0);
  const answers = new Map<string, ProbeResult>();
  const changed: string[] = [];
  const lines: object[] = [];
  const log = {
    ...silentLogger,
    info: (message: string, fields?: object) => lines.push({ message, ...fields }),
    warn: (message: string, fields?: object) => lines.push({ message, ...fields }),
  };
  const checker = new HealthChecker({
    policy: { ...defaultHealthPolicy, intervalMs: 1000, rise: 2, fall: 2 },
    clock,
    random: () => 0.5,
    log,
    probe: async (target) => answers.get(checkKey(target)) ?? { passed: true },
    onChange: (key) => changed.push(key),
  });
  const settle = async (ms = 0) => {
    await new Promise(setImmediate);
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { clock, answers, changed, lines, checker, settle };
}

const refused: ProbeResult = { passed: false, reason: "the connection was refused", told: false };

describe("HealthChecker", () => {
  test("says a change of state once, with its reason", async () => {
    const { checker, answers, lines, changed, settle } = setUp();
    checker.watch(new Map([[checkKey(healthz), healthz]]));
    await settle(1000);
    answers.set(checkKey(healthz), refused);
    await settle(1000);
    await settle(1000);
    await settle(1000);
    assert.deepEqual(lines, [
      { message: "Backend is healthy", check: checkKey(healthz), was: "unknown", reason: "it answers" },
      { message: "Backend is unhealthy", check: checkKey(healthz), was: "healthy", reason: refused.reason },
    ]);
    assert.equal(changed.length, 2);
    checker.close();
  });

  test("a client's failed connection is asked after at once, and takes a node out without waiting for its time", async () => {
    const { checker, answers, settle } = setUp();
    checker.watch(new Map([[checkKey(healthz), healthz]]));
    await settle();
    answers.set(checkKey(nodePort), refused);
    checker.connectFailed(place, "ECONNREFUSED");
    assert.equal(checker.healthOf(place).state, "healthy", "one failure is none");
    await settle();
    assert.equal(checker.healthOf(place).state, "unhealthy");
    assert.equal(
      checker.healthOf({ ...place, port: 30_081 }).state,
      "healthy",
      "other ports of the node are fine",
    );

    answers.delete(checkKey(nodePort));
    await settle(1000);
    await settle(1000);
    assert.equal(checker.healthOf(place).state, "healthy", "the port answers again");
    assert.equal(checker.size, 1, "and is not asked any more");
    checker.close();
  });

  test("a suspicion that the first probe refutes is forgotten", async () => {
    const { checker, settle } = setUp();
    checker.watch(new Map([[checkKey(healthz), healthz]]));
    checker.connectFailed(place, "timeout");
    assert.equal(checker.size, 2);
    await settle();
    await settle(1000);
    assert.equal(checker.size, 1);
    checker.close();
  });

  test("where the port itself is asked, a client's failed connection counts as a failed probe", async () => {
    const { checker, answers, settle } = setUp();
    const direct = { ...place, check: nodePort };
    checker.watch(new Map([[checkKey(nodePort), nodePort]]));
    await settle();
    answers.set(checkKey(nodePort), refused);
    checker.connectFailed(direct, "ECONNREFUSED");
    await settle();
    assert.equal(checker.healthOf(direct).state, "unhealthy");
    assert.equal(checker.size, 1);
    checker.close();
  });

  test("forgets targets that nobody asks for, and suspicions with their frontend", async () => {
    const { clock, checker, settle } = setUp();
    checker.watch(new Map([[checkKey(healthz), healthz]]));
    checker.connectFailed(place, "timeout");
    checker.watch(new Map());
    checker.retainSuspects(() => false);
    await settle();
    assert.equal(checker.size, 0);
    assert.equal(clock.pending, 0);
  });
});
