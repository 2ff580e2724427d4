/** The store of several machines: etcd 3.4 or newer, through its JSON gateway, which asks for no library. */
import { checkWrites } from "../check-writes.ts";
import { StoreError } from "../errors.ts";
import { CompactedError, type Store, type Write } from "../store.ts";
import { buildTransaction, readOutcome } from "./commit-transaction.ts";
import { createEtcdClient, type EtcdClient, type EtcdConnection } from "./etcd-client.ts";
import type { TxnResponse } from "./etcd-messages.ts";
import { startEventHub } from "./event-hub.ts";
import { hasReason } from "./gateway-error.ts";
import { readEvents } from "./read-events.ts";
import { readEntry, readList, readRevision } from "./read-range.ts";
import { type FailedRequest, storeFailure } from "./store-failure.ts";
import { watchStore } from "./watch.ts";

export interface EtcdStoreOptions extends EtcdConnection {
  /** What all keys begin with: `/registry`. */
  readonly prefix: string;
}

/** A client that asks for revision 1 must be told that it is too old, on a fresh etcd too. */
const firstRevision = 2;

/**
 * Commits that are made at once take place in any order. Rejects with StoreError `unreachable` if no server answers for
 * some seconds.
 */
export async function connectEtcdStore({ prefix, ...connection }: EtcdStoreOptions): Promise<Store> {
  const root = prefix.endsWith("/") ? prefix : `${prefix}/`;
  const client = await createEtcdClient(connection);
  const { servers } = client;
  let compacted = firstRevision;
  let closed = false;

  async function tell<T>(
    request: Omit<FailedRequest, "servers" | "oldest">,
    run: () => Promise<T>,
  ): Promise<T> {
    if (closed) throw new StoreError("closed", `Cannot ${request.action} the store: it is closed`);
    try {
      return await run();
    } catch (error) {
      throw storeFailure(error, { ...request, servers, oldest: compacted });
    }
  }
  const reading = { action: "read from" } as const;

  const start = await tell(reading, () => forgetBeginning(client, root)).catch(closeAndThrow(client));
  const events = {
    read: (after: number, signal: AbortSignal) => readEvents(client, root, after, signal),
    revision: () => readRevision(client, root),
  };
  const hub = startEventHub(events, start);
  const source = { hub, events, compacted: () => compacted };

  return {
    revision: () => tell(reading, () => readRevision(client, root)),
    get: (key) => tell(reading, () => readEntry(client, root, key)),
    list(keys, options = {}) {
      const { revision } = options;
      return tell({ ...reading, revision }, async () => {
        if (revision !== undefined && revision < compacted) throw new CompactedError(revision, compacted);
        return readList(client, root, keys, options);
      });
    },
    commit: (writes: readonly Write[]) =>
      tell({ action: "write to" }, async () => {
        checkWrites(writes);
        if (writes.length === 0) return { committed: true, revision: await readRevision(client, root) };
        const answer = await client.call<TxnResponse>("/v3/kv/txn", buildTransaction(root, writes), false);
        return readOutcome(root, writes, answer);
      }),
    watch: (keys, afterRevision, signal) => watchStore(source, keys, afterRevision, signal),
    compact: (revision) =>
      tell({ action: "compact", revision }, async () => {
        await compact(client, revision);
        compacted = Math.max(compacted, revision);
      }),
    async close() {
      if (closed) return;
      closed = true;
      client.close();
      await hub.stop();
    },
  };
}

function closeAndThrow(client: EtcdClient): (error: unknown) => never {
  return (error) => {
    client.close();
    throw error;
  };
}

/** Of several servers each compacts by itself: what is forgotten already is not forgotten again. */
async function compact(client: EtcdClient, revision: number): Promise<void> {
  try {
    await client.call("/v3/kv/compaction", { revision: String(revision) }, true);
  } catch (error) {
    if (!hasReason(error, "compacted")) throw error;
  }
}

/** Resolves with the newest revision, after which history is complete. */
async function forgetBeginning(client: EtcdClient, root: string): Promise<number> {
  if ((await readRevision(client, root)) < firstRevision) {
    const first = [{ key: "first" }];
    await client.call("/v3/kv/txn", buildTransaction(root, [{ key: "first", value: "" }]), true);
    await client.call("/v3/kv/txn", buildTransaction(root, first), true);
  }
  await compact(client, firstRevision);
  return readRevision(client, root);
}
