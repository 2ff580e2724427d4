/** Elements of the fake kernel's sets. */
import {
  NFT_DATA_VERDICT,
  NFT_SET_CONCAT,
  NFT_SET_ELEM_CATCHALL,
  NFT_SET_ELEM_INTERVAL_END,
  NFT_SET_INTERVAL,
  NFT_SET_MAP,
  NFT_SET_TIMEOUT,
} from "../../netlink/nftables/index.ts";
import type { ElementValues } from "../../netlink/nftables/messages.ts";
import { EEXIST, EINVAL, ENFILE, ENOENT, Refused } from "./refused.ts";
import { targetOf } from "./rules.ts";
import { type Batch, change, dropEntry, type FakeSet, type FakeTable, putEntry } from "./state.ts";

/** Throws Refused. One that is there already is left as it is, if its data is the same. */
export function addElement(
  batch: Batch,
  table: FakeTable,
  set: FakeSet,
  values: ElementValues,
  exclusive: boolean,
): void {
  checkShape(set, values);
  const { data } = values;
  const { chain } = targetOf(table, data && !(data instanceof Uint8Array) ? data.chain : undefined);
  const key = keyOf(values);
  const known = set.elements.get(key);
  if (known) {
    if (exclusive || JSON.stringify(known.values.data) !== JSON.stringify(data)) throw new Refused(EEXIST);
    return;
  }
  if (overlaps(set, values)) throw new Refused(EEXIST);
  const size = set.values.description?.size;
  if (size !== undefined && set.elements.size >= size) throw new Refused(ENFILE);
  putEntry(batch, set.elements, key, { values, chain });
  if (chain) change(batch, chain, "jumps", chain.jumps + 1);
}

/** Throws Refused if there is no such element. */
export function deleteElement(batch: Batch, set: FakeSet, which: ElementValues | string): void {
  if (typeof which !== "string") checkKey(set, which);
  const key = typeof which === "string" ? which : keyOf(which);
  const element = set.elements.get(key);
  if (!element) throw new Refused(ENOENT);
  dropEntry(batch, set.elements, key);
  if (element.chain) change(batch, element.chain, "jumps", element.chain.jumps - 1);
}

function checkKey({ values: set }: FakeSet, { key, keyEnd, flags = 0 }: ElementValues): void {
  const isCatchAll = (flags & NFT_SET_ELEM_CATCHALL) !== 0;
  if (isCatchAll === (key !== undefined)) throw new Refused(EINVAL);
  if (key && key.length !== set.keyLength) throw new Refused(EINVAL);
  if (keyEnd && (keyEnd.length !== set.keyLength || !((set.flags ?? 0) & NFT_SET_INTERVAL)))
    throw new Refused(EINVAL);
  if (flags & NFT_SET_ELEM_INTERVAL_END && !((set.flags ?? 0) & NFT_SET_INTERVAL)) throw new Refused(EINVAL);
}

function checkShape(set: FakeSet, element: ElementValues): void {
  checkKey(set, element);
  const { data, flags = 0, timeoutMs } = element;
  const { flags: setFlags = 0, dataType, dataLength } = set.values;
  const isEnd = (flags & NFT_SET_ELEM_INTERVAL_END) !== 0;
  const needsData = (setFlags & NFT_SET_MAP) !== 0 && !isEnd;
  if ((data !== undefined) !== needsData) throw new Refused(EINVAL);
  if (data instanceof Uint8Array && (dataType === NFT_DATA_VERDICT || data.length !== dataLength))
    throw new Refused(EINVAL);
  if (data && !(data instanceof Uint8Array) && dataType !== NFT_DATA_VERDICT) throw new Refused(EINVAL);
  if (timeoutMs !== undefined && !(setFlags & NFT_SET_TIMEOUT)) throw new Refused(EINVAL);
}

/** What an element is known by. An end and a begin of ranges may have the same key. */
function keyOf({ key, keyEnd, flags = 0 }: ElementValues): string {
  return `${flags} ${hex(key)} ${hex(keyEnd)}`;
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes).toString("hex") : "";
}

/** Concatenated ranges that have a key in common: in each field, where neither lies behind the other. */
function overlaps({ values: set, elements }: FakeSet, { key, keyEnd }: ElementValues): boolean {
  if (!((set.flags ?? 0) & NFT_SET_CONCAT) || !key) return false;
  const end = keyEnd ?? key;
  const fields = fieldBounds(set.description?.fields ?? []);
  for (const { values } of elements.values()) {
    const otherStart = values.key;
    if (!otherStart) continue;
    const otherEnd = values.keyEnd ?? otherStart;
    const shared = fields.every(
      ([from, to]) =>
        Buffer.compare(key.subarray(from, to), otherEnd.subarray(from, to)) <= 0 &&
        Buffer.compare(otherStart.subarray(from, to), end.subarray(from, to)) <= 0,
    );
    if (shared) return true;
  }
  return false;
}

function fieldBounds(fields: readonly { readonly length: number }[]): readonly (readonly [number, number])[] {
  let at = 0;
  return fields.map(({ length }) => {
    const from = at;
    at += (length + 3) & ~3;
    return [from, from + length] as const;
  });
}
