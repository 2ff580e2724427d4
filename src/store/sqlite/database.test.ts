import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { StoreError } from "../errors.ts";
import { openSqliteStore } from "./sqlite-store.ts";

for (const { name, make, code, message } of [
  {
    name: "a file that is no database",
    make: (file: string) => writeFileSync(file, "x".repeat(5000)),
    code: "unreadable",
    message: /damaged or not a store/,
  },
  {
    name: "a database of another program",
    make: (file: string) => execute(file, "CREATE TABLE a (b)"),
    code: "unreadable",
    message: /not a Porthole store/,
  },
  {
    name: "a store of a newer version",
    make: (file: string) => execute(file, "PRAGMA application_id = 1886351988; PRAGMA user_version = 9"),
    code: "unreadable",
    message: /written by a newer Porthole \(format 9/,
  },
  {
    name: "a file in a directory that cannot be made",
    make: (file: string) => writeFileSync(join(file, ".."), ""),
    code: "io",
    message: /^Cannot create /,
  },
]) {
  test(`opening ${name} fails and says why`, async () => {
    const directory = mkdtempSync(join(tmpdir(), "porthole-store-"));
    try {
      const file = join(directory, code === "io" ? "sub/store.db" : "store.db");
      make(file);
      await assert.rejects(openSqliteStore(file), (error) => {
        assert.ok(error instanceof StoreError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test("what was written is there when the file is opened again, compacted history is not", async () => {
  const directory = mkdtempSync(join(tmpdir(), "porthole-store-"));
  const file = join(directory, "store.db");
  const first = await openSqliteStore(file);
  await first.commit([{ key: "a", value: "1" }]);
  await first.commit([{ key: "a" }]);
  const revision = await first.revision();
  await first.compact(revision);
  await first.close();
  const second = await openSqliteStore(file);
  assert.equal(await second.revision(), revision);
  await assert.rejects(second.list("", { revision: revision - 1 }), /compacted/);
  assert.deepEqual(await second.commit([{ key: "b", value: "1" }]), {
    committed: true,
    revision: revision + 1,
  });
  await second.close();
  rmSync(directory, { recursive: true });
});

test("compaction keeps the file from growing", async () => {
  const store = await openSqliteStore(":memory:", { maxBytes: 1 << 20 });
  for (let round = 0; round < 40; round++) {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.commit([{ key: `k${i}`, value: "x".repeat(2000) }])),
    );
    await store.compact(await store.revision());
  }
  assert.equal((await store.list("")).entries.length, 20);
  await store.close();
});

function execute(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}
