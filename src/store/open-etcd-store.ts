/** Opening a store on etcd, whose code is loaded only where it is used. */
import type { EtcdStoreOptions } from "./etcd/etcd-store.ts";
import type { Store } from "./store.ts";

/** Rejects with RangeError for a server that is no URL, with StoreError `unreachable` if none answers for some seconds. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const { connectEtcdStore } = await import("./etcd/etcd-store.ts");
  return connectEtcdStore(options);
}
