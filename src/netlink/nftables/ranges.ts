/** Ranges in sets of one field, where the kernel keeps two elements for each: its first key, and the first one behind it. */
import type { SetElement } from "./element.ts";

/** A range, both ends included. */
export interface RangeElement extends Omit<SetElement, "keyEnd" | "intervalEnd" | "openEnd"> {
  readonly key: Uint8Array;
  readonly keyEnd: Uint8Array;
}

/** Returns a range's two elements; one if it goes up to the last key that there is. */
export function splitRange({ keyEnd, ...start }: RangeElement): readonly SetElement[] {
  const end = keyAfter(keyEnd);
  return end ? [start, { key: end, intervalEnd: true }] : [{ ...start, openEnd: true }];
}

/** Returns the ranges that a set's elements stand for, in order. An end that nothing begins is left out: nft adds one at zero. */
export function joinRanges(elements: readonly SetElement[]): readonly RangeElement[] {
  const sorted = elements
    .flatMap((element) => (element.key ? [{ ...element, key: element.key }] : []))
    .sort(
      (a, b) =>
        Buffer.compare(a.key, b.key) || Number(b.intervalEnd ?? false) - Number(a.intervalEnd ?? false),
    );
  const ranges: RangeElement[] = [];
  sorted.forEach(({ intervalEnd, openEnd: _, ...start }, index) => {
    if (intervalEnd) return;
    const next = sorted[index + 1];
    ranges.push({ ...start, keyEnd: next ? keyBefore(next.key) : start.key.map(() => 0xff) });
  });
  return ranges;
}

/** The key that follows; undefined behind the last one. */
export function keyAfter(key: Uint8Array): Uint8Array | undefined {
  const next = key.slice();
  for (let index = next.length - 1; index >= 0; index -= 1) {
    next[index] = ((next[index] ?? 0) + 1) & 0xff;
    if (next[index] !== 0) return next;
  }
  return undefined;
}

function keyBefore(key: Uint8Array): Uint8Array {
  const previous = key.slice();
  for (let index = previous.length - 1; index >= 0; index -= 1) {
    previous[index] = ((previous[index] ?? 0) - 1) & 0xff;
    if (previous[index] !== 0xff) break;
  }
  return previous;
}
