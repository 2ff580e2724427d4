import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isStoreError } from "../errors.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const writer = fileURLToPath(new URL("./testdata/writer.ts", import.meta.url));
const kills = 20;

test("what was acknowledged is there after the process was killed at any moment", async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "store.db");
  const acknowledged = new Map<string, string>();
  for (let round = 0; round < kills; round++) {
    await using child = startWriter(file, round);
    let toSee = 1 + round * 7;
    for await (const line of createInterface({ input: child.process.stdout ?? process.stdin })) {
      const [key = "", value = ""] = line.split(" ");
      acknowledged.set(key, value);
      if (--toSee === 0) child.process.kill("SIGKILL");
    }
  }
  const store = await openSqliteStore(file);
  const { entries } = await store.list("");
  const stored = new Map(entries.map(({ key, value }) => [key, value]));
  for (const [key, value] of acknowledged) assert.equal(stored.get(key), value, key);
  const pairs = Map.groupBy(entries, ({ key }) => key.split("/")[1]);
  for (const [name, pair] of pairs) {
    assert.equal(new Set(pair.map(({ revision }) => revision)).size, 1, `half of commit ${name} is there`);
    assert.equal(pair.length, 2, `half of commit ${name} is there`);
  }
  await store.close();
  assert.ok(acknowledged.size >= kills);
});

test("a second process is told who has the file open", async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "store.db");
  await using child = startWriter(file, 0);
  await once(createInterface({ input: child.process.stdout ?? process.stdin }), "line");
  await assert.rejects(openSqliteStore(file), (error) => {
    assert.ok(isStoreError(error, "in-use"));
    assert.ok(error.message.includes(`in use by pid ${child.process.pid}.`), error.message);
    return true;
  });
});

test("only the owner may read the file, the log beside it and the directory made for it", async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "data", "store.db");
  const store = await openSqliteStore(file);
  await store.commit([{ key: "a", value: "secret" }]);
  const modes = [file, `${file}-wal`, join(directory.path, "data")].map(
    (path) => statSync(path).mode & 0o777,
  );
  await store.close();
  assert.deepEqual(modes, [0o600, 0o600, 0o700]);
});

function startWriter(file: string, round: number) {
  const child: ChildProcess = spawn(process.execPath, [writer, file, String(round)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  return {
    process: child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function temporaryDirectory() {
  const path = mkdtempSync(join(tmpdir(), "porthole-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
