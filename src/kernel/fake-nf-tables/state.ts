/** What the fake kernel holds. */
import type { Expression, Family } from "../../netlink/nftables/index.ts";
import type { ElementValues, messages } from "../../netlink/nftables/messages.ts";

type ChainValues = ReturnType<typeof messages.newChain.decode>;
type SetValues = ReturnType<typeof messages.newSet.decode>;

export interface FakeTable {
  readonly family: Family;
  readonly table: string;
  readonly handle: bigint;
  flags: number;
  readonly comment: string | undefined;
  readonly chains: Map<string, FakeChain>;
  readonly sets: Map<string, FakeSet>;
  /** Handles of chains, rules and sets count up together. */
  lastHandle: bigint;
}

export interface FakeChain {
  readonly chain: string;
  readonly handle: bigint;
  readonly base: Pick<ChainValues, "type" | "hook"> | undefined;
  policy: ChainValues["policy"];
  readonly comment: string | undefined;
  readonly rules: FakeRule[];
  /** Rules and elements that lead here. */
  jumps: number;
}

export interface FakeRule {
  readonly handle: bigint;
  /** As the kernel lists them. */
  readonly expressions: readonly Expression[];
  readonly comment: string | undefined;
  readonly chains: readonly FakeChain[];
  readonly sets: readonly FakeSet[];
}

export interface FakeSet {
  readonly set: string;
  readonly handle: bigint;
  values: SetValues;
  readonly elements: Map<string, FakeElement>;
  /** Rules that use it. */
  uses: number;
}

export interface FakeElement {
  readonly values: ElementValues;
  /** Where its verdict leads. */
  readonly chain: FakeChain | undefined;
}

/** What a batch has done so far, and how it is undone. */
export interface Batch {
  readonly tables: Map<string, FakeTable>;
  /** Sets that the batch added, by table and id. */
  readonly setsById: Map<string, FakeSet>;
  readonly undo: (() => void)[];
  nextTableHandle(): bigint;
}

export function keyOfTable(family: Family, table: string): string {
  return `${family} ${table}`;
}

/** Sets an entry, until the batch is undone. */
export function putEntry<K, V>({ undo }: Batch, map: Map<K, V>, key: K, value: V): void {
  const previous = map.get(key);
  map.set(key, value);
  undo.push(() => (previous === undefined ? map.delete(key) : map.set(key, previous)));
}

/** Removes an entry, until the batch is undone. Its place among the others is not kept. */
export function dropEntry<K, V>({ undo }: Batch, map: Map<K, V>, key: K): void {
  const previous = map.get(key);
  if (previous === undefined) return;
  map.delete(key);
  undo.push(() => map.set(key, previous));
}

/** Changes a property, until the batch is undone. */
export function change<T, K extends keyof T>({ undo }: Batch, target: T, key: K, value: T[K]): void {
  const previous = target[key];
  target[key] = value;
  undo.push(() => {
    target[key] = previous;
  });
}

/** Replaces a stretch of an array, until the batch is undone. */
export function splice<T>({ undo }: Batch, array: T[], at: number, count: number, ...items: T[]): void {
  const removed = array.splice(at, count, ...items);
  undo.push(() => array.splice(at, items.length, ...removed));
}

/** Handles are never given back. */
export function nextHandle(table: FakeTable): bigint {
  table.lastHandle += 1n;
  return table.lastHandle;
}
