import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allChecks } from "../src/inspect/doctor/all-checks.ts";

const here = import.meta.dirname;

/** Tests in which the doctor is asked of a real cluster, on this machine's kernel or on another one in a virtual machine. */
const isRealTest = /^doctor.*\.kernel\.test\.ts$|\.vm\.test\.ts$/;

test("every check of the doctor has a test that builds its fault for real", () => {
  const files = [here, join(here, "vm")].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => isRealTest.test(name))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
  const ids = allChecks.map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id) => !files.some((text) => text.includes(`"${id}"`))),
    [],
  );
});
