import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LogTimes } from "./log-times.ts";
import { type ReadLogOptions, readLog } from "./read-log.ts";

function logFile(t: TestContext, text: string): string {
  const dir = mkdtempSync(join(tmpdir(), "porthole-log-test-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "main.log");
  writeFileSync(file, text);
  return file;
}

async function readAll(file: string, options: Partial<ReadLogOptions>, times = new LogTimes()) {
  const log = { file, times, ended: AbortSignal.abort() };
  const pieces: Buffer[] = [];
  for await (const piece of readLog(log, { follow: false, ...options }, new AbortController().signal))
    pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test("a tail is counted in lines, whether or not the last one is complete", async (t) => {
  const table = [
    ["a\nb\nc\n", 2, "b\nc\n"],
    ["a\nb\nc", 2, "b\nc"],
    ["a\n", 5, "a\n"],
    ["a\nb\n", 0, ""],
    ["", 3, ""],
  ] as const;
  for (const [text, tailLines, expected] of table)
    assert.equal(await readAll(logFile(t, text), { tailLines }), expected);
});

test("limitBytes cuts, sinceMs leaves out what is older, timestamps stand before each line", async (t) => {
  const file = logFile(t, "old\nnew\n");
  const times = new LogTimes();
  times.note(4, 1_000);
  times.note(8, 2_000);
  assert.equal(await readAll(file, { limitBytes: 5 }), "old\nn");
  assert.equal(await readAll(file, { sinceMs: 1_500 }, times), "new\n");
  assert.equal(
    await readAll(file, { timestamps: true }, times),
    "1970-01-01T00:00:01.000000000Z old\n1970-01-01T00:00:02.000000000Z new\n",
  );
});

test("a follower sees what is added, goes on after the log was emptied, and ends with the run", async (t) => {
  const file = logFile(t, "first line\n");
  const ended = new AbortController();
  const log = { file, times: new LogTimes(), ended: ended.signal };
  const pieces = readLog(log, { follow: true }, new AbortController().signal);
  const next = async () => String((await pieces.next()).value);
  assert.equal(await next(), "first line\n");
  appendFileSync(file, "2\n");
  assert.equal(await next(), "2\n");
  truncateSync(file, 0);
  appendFileSync(file, "3\n");
  assert.equal(await next(), "3\n");
  appendFileSync(file, "last\n");
  ended.abort();
  assert.equal(await next(), "last\n");
  assert.equal((await pieces.next()).done, true);
});
