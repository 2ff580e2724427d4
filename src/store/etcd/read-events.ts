/** One watch on etcd: the events of all keys of the store, until its connection ends. */
import { CompactedError, type StoreEvent } from "../store.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { decodeEntry, type WatchEvent, type WatchResponse } from "./etcd-messages.ts";
import { gatewayError } from "./gateway-error.ts";
import { rangeOf } from "./read-range.ts";

/**
 * Yields the events after the revision, whole commits at once. Throws CompactedError when some are gone, GatewayError. Asks etcd
 * for one revision more than it needs: etcd checks that this one is kept, which says that all later ones are complete.
 */
export async function* readEvents(
  client: EtcdClient,
  root: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<readonly StoreEvent[]> {
  const request = { ...rangeOf(root, ""), start_revision: String(Math.max(1, after)), prev_kv: true };
  for await (const result of client.stream<WatchResponse>("/v3/watch", { create_request: request }, signal)) {
    if (result.compact_revision) throw new CompactedError(after, Number(result.compact_revision));
    if (result.canceled) throw gatewayError(undefined, `The watch was cancelled: ${result.cancel_reason}`);
    const events = (result.events ?? [])
      .filter(({ kv }) => Number(kv.mod_revision) > after)
      .map((event) => decodeEvent(event, root.length, after));
    if (events.length > 0) yield events;
  }
}

/** The state before an event is missing, too, if compaction was faster than the watch. */
function decodeEvent({ type, kv, prev_kv }: WatchEvent, rootLength: number, after: number): StoreEvent {
  const { key, value, revision } = decodeEntry(kv, rootLength);
  const hadState = type === "DELETE" || kv.version !== "1";
  if (hadState && !prev_kv) throw new CompactedError(after, revision);
  const common = {
    revision,
    key,
    ...(prev_kv ? { previous: decodeEntry(prev_kv, rootLength) } : {}),
  };
  return type === "DELETE" ? { ...common, type: "delete" } : { ...common, type: "put", value };
}
