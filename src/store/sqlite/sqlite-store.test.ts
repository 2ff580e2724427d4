import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MakeStore, storeConformance } from "../conformance.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";

storeConformance("SQLite file", temporary({}));
/** With so short a memory every watcher reads from the log. */
storeConformance(
  "SQLite without recent events",
  temporary({ recentEvents: { maxEvents: 0, maxCharacters: 0 } }),
);
storeConformance("SQLite in memory", async () => {
  const store = await openSqliteStore(":memory:");
  return { store, [Symbol.asyncDispose]: () => store.close() };
});

function temporary(options: SqliteStoreOptions): MakeStore {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), "porthole-store-"));
    const store = await openSqliteStore(join(directory, "store.db"), options);
    return {
      store,
      async [Symbol.asyncDispose]() {
        await store.close();
        rmSync(directory, { recursive: true });
      },
    };
  };
}
