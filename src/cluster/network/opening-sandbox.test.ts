import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock } from "../../lib/manual-clock.ts";
import { createLoopbackNetwork } from "./loopback-network.ts";
import { OpeningSandbox } from "./opening-sandbox.ts";

const network = createLoopbackNetwork("127.4.50.0/26", "127.4.49.1");

function opening(failures: number) {
  const clock = createManualClock();
  const stop = new AbortController();
  const told: string[] = [];
  let opened = 0;
  const sandbox = new OpeningSandbox({
    open: async () => {
      opened += 1;
      if (opened <= failures) throw new Error(`failure ${opened}`);
      return network.node;
    },
    onFailure: (message) => told.push(message),
    clock,
    signal: stop.signal,
  });
  return { sandbox, clock, stop, told, opened: () => opened };
}

test("a pod's place is opened when it is first asked for, and once", async () => {
  const { sandbox, opened } = opening(0);
  assert.equal(opened(), 0);
  assert.equal(await sandbox.whenOpen(), network.node);
  assert.equal(await sandbox.whenOpen(), network.node);
  assert.equal(opened(), 1);
});

test("a place that cannot be opened is tried again every two seconds, and each failure is told", async () => {
  const { sandbox, clock, told } = opening(2);
  const open = sandbox.whenOpen();
  for (const _ of [1, 2]) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(2000);
  }
  assert.equal(await open, network.node);
  assert.deepEqual(told, ["failure 1", "failure 2"]);
});

test("a pod that is to end has its place tried once, for its hooks, and no more", async () => {
  const { sandbox, stop, told } = opening(9);
  stop.abort();
  assert.equal(await sandbox.whenOpen(), undefined);
  assert.deepEqual(told, ["failure 1"]);
});
