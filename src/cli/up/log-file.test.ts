import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { openLogFile } from "./log-file.ts";

function makeFile(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "porthole-log-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, "component.log");
}

test("a log file holds whole lines, however they arrive, and hands each on once", async (t) => {
  const file = makeFile(t);
  const lines: string[] = [];
  const stream = new PassThrough();
  openLogFile(file).follow(stream, (line) => lines.push(line));
  stream.write("fir");
  stream.write("st\nsecond\n");
  stream.end("third\n");
  await once(stream, "end");
  assert.deepEqual(lines, ["first", "second", "third"]);
  assert.equal(readFileSync(file, "utf8"), "first\nsecond\nthird\n");
});

test("a log file is set aside once when it is full, and never takes more than twice its bound", async (t) => {
  const file = makeFile(t);
  const stream = new PassThrough();
  const log = openLogFile(file);
  log.follow(stream, () => {});
  const line = `${"x".repeat(60_000)}\n`;
  const drained = once(stream, "end");
  for (let count = 0; count < 300; count++) stream.write(line);
  stream.end();
  await drained;
  const bound = 5 * 1024 * 1024 + 2 * line.length;
  assert.ok(statSync(file).size <= bound);
  assert.ok(statSync(`${file}.1`).size <= bound);
});

test("a line without an end does not grow the memory without bound", async (t) => {
  const stream = new PassThrough();
  const lines: string[] = [];
  openLogFile(makeFile(t)).follow(stream, (line) => lines.push(line));
  for (let count = 0; count < 100; count++) stream.write("y".repeat(10_000));
  stream.end("\n");
  await once(stream, "end");
  assert.ok((lines[0]?.length ?? 0) < 100_000, `a line of ${lines[0]?.length} characters was kept`);
});
