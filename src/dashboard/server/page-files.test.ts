import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { readPageFiles } from "./page-files.ts";

test("a page that is not built says what to do", () => {
  assert.throws(() => readPageFiles("/nowhere"), /npm run build/);
});

test("the files of a page are found by path, with their types; what has none is not served", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "porthole-page-"));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "assets"));
  for (const name of ["index.html", "assets/a.js", "assets/notes.txt"])
    writeFileSync(join(directory, name), name);
  const files = readPageFiles(directory);
  assert.deepEqual([...files.keys()].sort(), ["/", "/assets/a.js"]);
  const script = files.get("/assets/a.js");
  assert.equal(script?.type, "text/javascript; charset=utf-8");
  assert.equal(script.immutable, true);
  assert.equal(gunzipSync(script.gzipped).toString(), "assets/a.js");
  assert.equal(files.get("/")?.immutable, false);
});
