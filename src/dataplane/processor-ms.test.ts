import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { processorMs } from "./processor-ms.ts";

const linuxOnly = { skip: process.platform !== "linux" && "only Linux tells through /proc" };

test(
  "programs that a process ran and that have ended count, time that passes does not",
  linuxOnly,
  async () => {
    const before = processorMs();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const waited = processorMs() - before;
    assert.ok(waited < 150, `waiting cost ${waited} ms`);
    execFileSync(process.execPath, ["-e", "while (process.cpuUsage().user < 200_000);"]);
    const ran = processorMs() - before;
    assert.ok(ran >= 200, `a program that took 200 ms of a processor cost ${ran} ms`);
  },
);
