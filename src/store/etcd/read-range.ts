/** Reading the newest state of etcd and older ones, a page at a time. */
import { compareKeys, keyAfter, prefixEnd } from "../key-range.ts";
import type { Entry, ListOptions, ListResult } from "../store.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { decodeEntry, encodeBytes, type RangeResponse } from "./etcd-messages.ts";

/** Bounds what one answer holds, here and in etcd; a longer list is read at the revision of its first page. */
const entriesPerPage = 1000;

export function rangeOf(root: string, prefix: string, after?: string): { key: string; range_end: string } {
  const from = after !== undefined && compareKeys(after, prefix) >= 0 ? keyAfter(after) : prefix;
  return {
    key: encodeBytes(root + from),
    range_end: encodeBytes(prefixEnd(root + prefix) ?? "\0"),
  };
}

export async function readEntry(client: EtcdClient, root: string, key: string): Promise<Entry | undefined> {
  const { kvs } = await client.call<RangeResponse>("/v3/kv/range", { key: encodeBytes(root + key) }, true);
  const found = kvs?.[0];
  return found && decodeEntry(found, root.length);
}

/** The newest revision of all that etcd holds. */
export async function readRevision(client: EtcdClient, root: string): Promise<number> {
  const body = { key: encodeBytes(root), count_only: true };
  return Number((await client.call<RangeResponse>("/v3/kv/range", body, true)).header.revision);
}

export async function readList(
  client: EtcdClient,
  root: string,
  prefix: string,
  { limit = Number.POSITIVE_INFINITY, after, revision }: ListOptions,
): Promise<ListResult> {
  const entries: Entry[] = [];
  let at = revision;
  let last = after;
  for (;;) {
    const body = {
      ...rangeOf(root, prefix, last),
      limit: String(Math.min(limit - entries.length, entriesPerPage)),
      ...(at === undefined ? {} : { revision: String(at) }),
    };
    const answer = await client.call<RangeResponse>("/v3/kv/range", body, true);
    at ??= Number(answer.header.revision);
    const page = (answer.kvs ?? []).map((found) => decodeEntry(found, root.length));
    entries.push(...page);
    last = page.at(-1)?.key;
    const remaining = Number(answer.count ?? 0) - page.length;
    if (remaining <= 0 || last === undefined || entries.length >= limit) {
      return { entries, revision: at, remaining: Math.max(0, remaining) };
    }
  }
}
