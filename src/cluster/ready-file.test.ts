import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { removeReadyFile, untilReadyFile } from "./ready-file.ts";

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "porthole-ready-test-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test("a ready file is seen when it comes, and when it is there already", async (t) => {
  const dir = directory(t);
  const file = join(dir, "main.ready");
  const { signal } = new AbortController();
  const ready = untilReadyFile(file, signal);
  writeFileSync(join(dir, "other"), "");
  writeFileSync(file, "");
  await ready;
  await untilReadyFile(file, signal);
  removeReadyFile(file);
  removeReadyFile(file);
  assert.equal(existsSync(file), false);
});

test("nobody waits for a ready file longer than his signal says, also where there is no such directory", async (t) => {
  const dir = directory(t);
  for (const file of [join(dir, "main.ready"), join(dir, "none", "main.ready")]) {
    const stop = new AbortController();
    const waiting = untilReadyFile(file, stop.signal);
    stop.abort();
    await waiting;
    await untilReadyFile(file, AbortSignal.abort());
  }
});
