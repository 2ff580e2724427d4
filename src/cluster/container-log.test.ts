import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../lib/clock.ts";
import { openContainerLog } from "./container-log.ts";
import { readLastWords } from "./last-words.ts";

test("a log that grows beyond its bound is emptied, and what it held is kept beside it", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "porthole-bound-test-"));
  const ended = new AbortController();
  t.after(() => {
    ended.abort();
    rmSync(dir, { recursive: true });
  });
  const file = join(dir, "main.log");
  writeFileSync(file, "");
  openContainerLog(file, systemClock, ended.signal, 1000);
  appendFileSync(file, "x".repeat(1500));
  while (!existsSync(`${file}.1`) || statSync(file).size > 0) await delay(5);
  assert.equal(readFileSync(`${file}.1`, "utf8"), "x".repeat(1500));
  appendFileSync(file, "y".repeat(2000));
  while (readFileSync(`${file}.1`, "utf8")[0] !== "y" || statSync(file).size > 0) await delay(5);
});

test("what a container printed last is its message, if its policy says so", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "porthole-words-test-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "main.log");
  writeFileSync(file, `${"long ago\n".repeat(1000)}fatal: no disk\n`);
  const said = await readLastWords({ name: "a", terminationMessagePolicy: "FallbackToLogsOnError" }, file);
  assert.match(said ?? "", /fatal: no disk\n$/);
  assert.ok((said ?? "").length <= 2048);
  assert.equal(await readLastWords({ name: "a" }, file), undefined);
});
