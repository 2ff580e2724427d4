import { after, before, describe } from "node:test";
import { commitConformance } from "../conformance/commit-cases.ts";
import { historyConformance } from "../conformance/history-cases.ts";
import { listConformance } from "../conformance/list-cases.ts";
import { watchConformance } from "../conformance/watch-cases.ts";
import { type MakeStore, storeConformance } from "../conformance.ts";
import { openEtcdStore } from "../open-etcd-store.ts";
import type { CommitResult, Store } from "../store.ts";
import { skipWithoutEtcd, startEtcd, type TestEtcd } from "./testing/etcd-process.ts";

describe("a store on a real etcd", { skip: skipWithoutEtcd }, () => {
  let etcd: TestEtcd;
  let prefixes = 0;
  before(async () => {
    // One commit of the suite writes 700 keys; etcd's own limit is 128.
    etcd = await startEtcd({ args: ["--max-txn-ops", "1024"] });
  });
  after(() => etcd[Symbol.asyncDispose]());

  const makeStore: MakeStore = async () => {
    prefixes += 1;
    const store = await openEtcdStore({ servers: etcd.servers, prefix: `/test-${prefixes}` });
    return { store, [Symbol.asyncDispose]: () => store.close() };
  };

  describe("with commits that take place in any order", () => {
    commitConformance(makeStore);
    listConformance(makeStore);
    watchConformance(makeStore);
    historyConformance(makeStore);
  });
  // The model tells the revision of each commit, so those that are made at once must take place in their order.
  storeConformance("etcd, one commit at a time", async () => {
    const { store, ...rest } = await makeStore();
    return { ...rest, store: oneCommitAtATime(store) };
  });
});

function oneCommitAtATime(store: Store): Store {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...store,
    commit(writes) {
      const next: Promise<CommitResult> = last.then(() => store.commit(writes));
      last = next.catch(() => {});
      return next;
    },
  };
}
