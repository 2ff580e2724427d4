/** The conformance suite that every store passes: `storeConformance("SQLite", openTemporaryStore)` from a test file. */
import { describe } from "node:test";
import { commitConformance } from "./conformance/commit-cases.ts";
import { historyConformance } from "./conformance/history-cases.ts";
import { listConformance } from "./conformance/list-cases.ts";
import { modelConformance } from "./conformance/model-cases.ts";
import type { MakeStore } from "./conformance/temporary-store.ts";
import { watchConformance } from "./conformance/watch-cases.ts";

export type { MakeStore, TemporaryStore } from "./conformance/temporary-store.ts";

export function storeConformance(name: string, makeStore: MakeStore): void {
  describe(`${name} store`, () => {
    commitConformance(makeStore);
    listConformance(makeStore);
    watchConformance(makeStore);
    historyConformance(makeStore);
    modelConformance(makeStore);
  });
}
