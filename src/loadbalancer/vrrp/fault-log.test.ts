import assert from "node:assert/strict";
import { test } from "node:test";
import { type Logger, silentLogger } from "../../lib/log.ts";
import { createManualClock } from "../../lib/manual-clock.ts";
import { FaultLog } from "./fault-log.ts";

test("a fault is counted each time and said once in ten seconds, with how often", () => {
  const said: unknown[] = [];
  const log: Logger = { ...silentLogger, warn: (message, fields) => said.push([message, fields]) };
  const clock = createManualClock();
  const faults = new FaultLog(log, clock);
  for (let ms = 0; ms < 15_000; ms += 100) {
    faults.add("wrong checksum", { source: "192.168.0.1" });
    faults.add("router is not ours", { source: "192.168.0.1" });
    clock.advance(100);
  }
  assert.deepEqual(said, [
    ["VRRP: wrong checksum", { source: "192.168.0.1", times: 1 }],
    ["VRRP: wrong checksum", { source: "192.168.0.1", times: 100 }],
  ]);
  assert.deepEqual(
    [...faults.counts],
    [
      ["wrong checksum", 150],
      ["router is not ours", 150],
    ],
  );
});
