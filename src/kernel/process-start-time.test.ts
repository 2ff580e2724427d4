import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { processStartTime } from "./process-start-time.ts";

test("processStartTime is the same each time it is asked, and differs between processes started apart", async (t) => {
  const child = spawn("sleep", ["60"]);
  t.after(() => child.kill());
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  assert.match(processStartTime(pid) ?? "", /./);
  assert.equal(processStartTime(pid), processStartTime(pid));
  assert.notEqual(processStartTime(pid), processStartTime(process.pid));
});

test("processStartTime knows nothing of a process that has ended", async () => {
  const child = spawn("true");
  await once(child, "exit");
  assert.equal(processStartTime(child.pid ?? 0), undefined);
});
