/** Tables and chains of the fake kernel; net/netfilter/nf_tables_api.c. */
import { NLM_F_EXCL, readMessageHeader } from "../../netlink/codec/index.ts";
import { asFamily } from "../../netlink/nftables/family.ts";
import { messages } from "../../netlink/nftables/messages.ts";
import { EBUSY, EEXIST, EINVAL, ENOENT, EOPNOTSUPP, must, Refused } from "./refused.ts";
import { deleteRules } from "./rules.ts";
import { deleteSet } from "./sets.ts";
import { type Batch, change, dropEntry, type FakeTable, keyOfTable, nextHandle, putEntry } from "./state.ts";

interface InTable {
  readonly family: string | number;
  readonly table?: string;
}

/** Throws Refused. */
export function findTable(batch: Pick<Batch, "tables">, { family, table }: InTable): FakeTable {
  return must(batch.tables.get(keyOfTable(asFamily(family), must(table, EINVAL))), ENOENT);
}

export function newTable(batch: Batch, message: Uint8Array): void {
  const values = messages.newTable.decode(message);
  const family = asFamily(values.family);
  const table = must(values.table, EINVAL);
  const key = keyOfTable(family, table);
  const known = batch.tables.get(key);
  if (known) {
    if (isExclusive(message)) throw new Refused(EEXIST);
    change(batch, known, "flags", values.flags ?? 0);
    return;
  }
  putEntry(batch, batch.tables, key, {
    family,
    table,
    handle: batch.nextTableHandle(),
    flags: values.flags ?? 0,
    comment: values.userdata?.comment,
    chains: new Map(),
    sets: new Map(),
    lastHandle: 0n,
  });
}

export function deleteTable(batch: Batch, message: Uint8Array): void {
  const values = messages.deleteTable.decode(message);
  const table = findTable(batch, values);
  for (const chain of table.chains.values()) deleteRules(batch, table, chain, chain.rules);
  for (const set of [...table.sets.values()]) deleteSet(batch, table, set);
  for (const name of [...table.chains.keys()]) dropEntry(batch, table.chains, name);
  dropEntry(batch, batch.tables, keyOfTable(table.family, table.table));
}

export function newChain(batch: Batch, message: Uint8Array): void {
  const values = messages.newChain.decode(message);
  const table = findTable(batch, values);
  const chain = must(values.chain, EINVAL);
  const base = values.hook && { type: must(values.type, EINVAL), hook: values.hook };
  if (values.policy !== undefined && typeof values.policy !== "string") throw new Refused(EINVAL);
  const known = table.chains.get(chain);
  if (known) {
    if (isExclusive(message)) throw new Refused(EEXIST);
    if (base && !known.base) throw new Refused(EEXIST);
    if (base && JSON.stringify(base) !== JSON.stringify(known.base)) throw new Refused(EOPNOTSUPP);
    if (values.policy && !known.base) throw new Refused(EOPNOTSUPP);
    if (values.policy) change(batch, known, "policy", values.policy);
    return;
  }
  if (values.policy && !base) throw new Refused(EOPNOTSUPP);
  putEntry(batch, table.chains, chain, {
    chain,
    handle: nextHandle(table),
    base,
    policy: base && (values.policy ?? "accept"),
    comment: values.userdata?.comment,
    rules: [],
    jumps: 0,
  });
}

export function deleteChain(batch: Batch, message: Uint8Array): void {
  const values = messages.deleteChain.decode(message);
  const table = findTable(batch, values);
  const chain = must(table.chains.get(must(values.chain, EINVAL)), ENOENT);
  // Counted before its own rules go: one that leads to itself stands in the way (nf_tables_delchain).
  const { jumps } = chain;
  deleteRules(batch, table, chain, chain.rules);
  if (jumps > 0) throw new Refused(EBUSY);
  dropEntry(batch, table.chains, chain.chain);
}

export function isExclusive(message: Uint8Array): boolean {
  return (readMessageHeader(message).flags & NLM_F_EXCL) !== 0;
}
