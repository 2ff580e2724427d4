import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { listProcessesIn } from "./namespace-processes.ts";
import { needsRoot, testNamespace } from "./testing/kernel-test.ts";

test("processes are found by the network namespace that they are in", needsRoot, async (t) => {
  const [one, other] = [await testNamespace(t), await testNamespace(t)];
  assert.deepEqual(listProcessesIn([one.name, other.name, "no-such-namespace"]), []);
  const child = one.run(() => spawn("sleep", ["60"], { stdio: "ignore" }));
  t.after(() => child.kill("SIGKILL"));
  await once(child, "spawn");
  assert.deepEqual(listProcessesIn([one.name]), [child.pid]);
  assert.deepEqual(listProcessesIn([other.name]), []);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.deepEqual(listProcessesIn([one.name]), []);
});
