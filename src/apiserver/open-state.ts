/** Where the server keeps its objects: a file of its own, or etcd, which several servers share. */
import { join } from "node:path";
import { openEtcdStore, openSqliteStore, type Store } from "../store/index.ts";
import type { ApiServerOptions } from "./options.ts";

/** kube-apiserver's own default. */
export const defaultEtcdPrefix = "/registry";

/** Rejects with an error that says what to do. */
export function openState({ dataDir, etcdServers, ...options }: ApiServerOptions): Promise<Store> {
  const { etcdPrefix = defaultEtcdPrefix, etcdCafile, etcdCertfile, etcdKeyfile } = options;
  if (etcdServers === undefined) return openSqliteStore(join(dataDir, "state.db"));
  if ((etcdCertfile === undefined) !== (etcdKeyfile === undefined)) {
    throw new RangeError("Cannot use one of --etcd-certfile and --etcd-keyfile alone: give both, or none");
  }
  return openEtcdStore({
    servers: etcdServers.split(",").map((server) => server.trim()),
    prefix: etcdPrefix,
    tls: {
      ...(etcdCafile === undefined ? {} : { caFile: etcdCafile }),
      ...(etcdCertfile === undefined ? {} : { certFile: etcdCertfile }),
      ...(etcdKeyfile === undefined ? {} : { keyFile: etcdKeyfile }),
    },
  });
}
