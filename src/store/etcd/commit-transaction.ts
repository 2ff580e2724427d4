/** One commit as an etcd transaction: its conditions, its writes, and what to read when a condition fails. */
import type { CommitResult, Write } from "../store.ts";
import { decodeEntry, encodeBytes, type TxnResponse } from "./etcd-messages.ts";

/** The body of /v3/kv/txn. A key that does not exist has revision 0. */
export function buildTransaction(root: string, writes: readonly Write[]): object {
  const keyed = writes.map((write) => ({ ...write, key: encodeBytes(root + write.key) }));
  const conditional = keyed.filter(({ ifRevision }) => ifRevision !== undefined);
  return {
    compare: conditional.map(({ key, ifRevision }) => ({
      key,
      target: "MOD",
      result: "EQUAL",
      mod_revision: String(ifRevision),
    })),
    success: keyed.map(({ key, value }) =>
      value === undefined
        ? { request_delete_range: { key } }
        : { request_put: { key, value: encodeBytes(value) } },
    ),
    failure: conditional.map(({ key }) => ({ request_range: { key } })),
  };
}

export function readOutcome(root: string, writes: readonly Write[], answer: TxnResponse): CommitResult {
  if (answer.succeeded) return { committed: true, revision: Number(answer.header.revision) };
  const conditional = writes.filter(({ ifRevision }) => ifRevision !== undefined);
  for (const [index, { key, ifRevision }] of conditional.entries()) {
    const found = answer.responses?.[index]?.response_range?.kvs?.[0];
    const current = found && decodeEntry(found, root.length);
    if ((current?.revision ?? 0) !== ifRevision) return { committed: false, conflict: key, current };
  }
  throw new TypeError("etcd refused a transaction whose conditions hold");
}
