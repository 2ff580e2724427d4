import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { listMarkedProcesses } from "./marked-processes.ts";

test("a process is found by a variable of its environment, and so is what it started", async (t) => {
  const child = spawn("/bin/sh", ["-c", "sleep 60 & echo $!; wait"], {
    env: { PATH: process.env.PATH, PORTHOLE_TEST_MARK: `mark-${process.pid}` },
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => process.kill(-(child.pid ?? 0), "SIGKILL"));
  const [line] = await once(child.stdout, "data");
  const found = (await listMarkedProcesses("PORTHOLE_TEST_MARK")).filter(
    ({ value }) => value === `mark-${process.pid}`,
  );
  assert.deepEqual(
    found.map(({ pid }) => pid).sort((a, b) => a - b),
    [child.pid ?? 0, Number(String(line))].sort((a, b) => a - b),
  );
});

test("nobody has a variable that nobody was given", async () => {
  assert.deepEqual(await listMarkedProcesses(`PORTHOLE_TEST_NOBODY_${process.pid}`), []);
});
