import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openDataDir } from "./data-dir.ts";

test("a temporary data directory is its user's alone, and goes with the cluster", async () => {
  const { path, release } = await openDataDir(undefined);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  await release();
  assert.equal(existsSync(path), false);
});

test("a data directory that a running cluster uses is refused, with the process that uses it", async (t) => {
  const kept = mkdtempSync(join(tmpdir(), "porthole-data-"));
  t.after(() => rmSync(kept, { recursive: true }));
  const first = await openDataDir(kept);
  await assert.rejects(openDataDir(kept), new RegExp(`process ${process.pid} .*another --data-dir`));
  await first.release();
  const second = await openDataDir(kept);
  assert.equal(second.path, kept);
  await second.release();
});
