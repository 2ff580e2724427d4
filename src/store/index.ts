export { isStoreError, StoreError, type StoreErrorCode } from "./errors.ts";
export type { EtcdStoreOptions } from "./etcd/etcd-store.ts";
export {
  defaultHistoryPolicy,
  type HistoryKeeper,
  type HistoryPolicy,
  keepHistory,
} from "./history-policy.ts";
export { openEtcdStore } from "./open-etcd-store.ts";
export { addSnapshotFiles, reviveSnapshot, type SnapshotFiles } from "./sqlite/snapshot.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./sqlite/sqlite-store.ts";
export {
  type CommitResult,
  CompactedError,
  type Entry,
  type ListOptions,
  type ListResult,
  type Store,
  type StoreEvent,
  type WatchBatch,
  type Write,
} from "./store.ts";
