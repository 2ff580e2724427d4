/** Sets and their elements in the fake kernel. */
import {
  NFT_SET_ANONYMOUS,
  NFT_SET_CONSTANT,
  NFT_SET_MAP,
  NFT_SET_TIMEOUT,
} from "../../netlink/nftables/index.ts";
import { messages } from "../../netlink/nftables/messages.ts";
import { addElement, deleteElement } from "./elements.ts";
import { EBUSY, EEXIST, EINVAL, ENOENT, must, Refused } from "./refused.ts";
import { type Batch, dropEntry, type FakeSet, type FakeTable, nextHandle, putEntry } from "./state.ts";
import { findTable, isExclusive } from "./tables.ts";

/** NFT_DATA_VALUE_MAXLEN */
const MAX_BYTES = 64;

/** Finds a set by its name, or by its id if the batch added it. Throws Refused. */
export function findSet(
  batch: Pick<Batch, "setsById">,
  table: FakeTable,
  { set, setId }: { readonly set?: string; readonly setId?: number },
): FakeSet {
  const known = table.sets.get(must(set, EINVAL));
  if (known) return known;
  return must(setId === undefined ? undefined : batch.setsById.get(idKey(table, setId)), ENOENT);
}

export function newSet(batch: Batch, message: Uint8Array): void {
  const values = messages.newSet.decode(message);
  const table = findTable(batch, values);
  const { flags = 0 } = values;
  const id = must(values.id, EINVAL);
  const keyLength = must(values.keyLength, EINVAL);
  if (keyLength === 0 || keyLength > MAX_BYTES) throw new Refused(EINVAL);
  if (!(flags & NFT_SET_TIMEOUT) && (values.timeoutMs !== undefined || values.gcIntervalMs !== undefined))
    throw new Refused(EINVAL);
  if (values.dataType !== undefined && !(flags & NFT_SET_MAP)) throw new Refused(EINVAL);
  const wanted = must(values.set, EINVAL);
  const known = table.sets.get(wanted);
  if (known) {
    if (isExclusive(message) || !isSameSet(known, values)) throw new Refused(EEXIST);
    batch.setsById.set(idKey(table, id), known);
    return;
  }
  const set: FakeSet = {
    set: flags & NFT_SET_ANONYMOUS ? freeName(table, wanted) : wanted,
    handle: nextHandle(table),
    values,
    elements: new Map(),
    uses: 0,
  };
  putEntry(batch, table.sets, set.set, set);
  batch.setsById.set(idKey(table, id), set);
}

export function deleteSetMessage(batch: Batch, message: Uint8Array): void {
  const values = messages.deleteSet.decode(message);
  const table = findTable(batch, values);
  const set = must(table.sets.get(must(values.set, EINVAL)), ENOENT);
  if (set.uses > 0) throw new Refused(EBUSY);
  deleteSet(batch, table, set);
}

export function deleteSet(batch: Batch, table: FakeTable, set: FakeSet): void {
  for (const key of [...set.elements.keys()]) deleteElement(batch, set, key);
  dropEntry(batch, table.sets, set.set);
}

export function newElements(batch: Batch, message: Uint8Array): void {
  const values = messages.newElements.decode(message);
  const table = findTable(batch, values);
  const set = findSet(batch, table, values);
  if (isConstant(set)) throw new Refused(EBUSY);
  for (const element of values.elements ?? []) addElement(batch, table, set, element, isExclusive(message));
}

/** Without elements, removes all. */
export function deleteElements(batch: Batch, message: Uint8Array): void {
  const values = messages.deleteElements.decode(message);
  const table = findTable(batch, values);
  const set = findSet(batch, table, values);
  if (isConstant(set)) throw new Refused(EBUSY);
  if (!values.elements) for (const key of [...set.elements.keys()]) deleteElement(batch, set, key);
  else for (const element of values.elements) deleteElement(batch, set, element);
}

function isConstant({ values, uses }: FakeSet): boolean {
  return uses > 0 && ((values.flags ?? 0) & NFT_SET_CONSTANT) !== 0;
}

function idKey(table: FakeTable, id: number): string {
  return `${table.handle} ${id}`;
}

/** `__set%d` becomes the first of `__set0`, `__set1`, … that is free. */
function freeName(table: FakeTable, pattern: string): string {
  for (let number = 0; ; number += 1) {
    const name = pattern.replace("%d", String(number));
    if (!table.sets.has(name)) return name;
  }
}

function isSameSet({ values }: FakeSet, other: FakeSet["values"]): boolean {
  const names = [
    "flags",
    "keyType",
    "keyLength",
    "dataType",
    "dataLength",
    "timeoutMs",
    "gcIntervalMs",
    "policy",
  ] as const;
  return (
    names.every((name) => (values[name] || 0) === (other[name] || 0)) && sizeOf(values) === sizeOf(other)
  );
}

function sizeOf({ description }: FakeSet["values"]): number {
  return description?.size ?? 0;
}
