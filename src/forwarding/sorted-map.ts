/** SortedMap: a map in the order of its keys that is never changed; a changed copy shares nearly everything with it. */

/** Keys and their values, side by side. Never empty. */
interface Part<V> {
  readonly keys: readonly string[];
  readonly values: readonly V[];
}

/** A change copies one part and the list of parts: at 60,000 keys some 600 references. */
const partSize = 128;

export class SortedMap<V> implements ReadonlyMap<string, V> {
  readonly size: number;
  readonly #parts: readonly Part<V>[];

  private constructor(parts: readonly Part<V>[]) {
    this.#parts = parts;
    this.size = parts.reduce((sum, { keys }) => sum + keys.length, 0);
  }

  static empty<V>(): SortedMap<V> {
    return new SortedMap<V>([]);
  }

  /** Returns a copy with some keys set or, where the value is undefined, removed. PERF: at the cost of the changes. */
  with(changes: ReadonlyMap<string, V | undefined>): SortedMap<V> {
    if (changes.size === 0) return this;
    const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
    const parts: Part<V>[] = [];
    let taken = 0;
    for (let at = 0; at < sorted.length; ) {
      const index = Math.max(0, this.#partOf(sorted[at]?.[0] ?? ""));
      const nextFirst = this.#parts[index + 1]?.keys[0];
      const from = at;
      while (at < sorted.length && (nextFirst === undefined || (sorted[at]?.[0] ?? "") < nextFirst)) at++;
      for (; taken < index; taken++) parts.push(this.#parts[taken] as Part<V>);
      parts.push(...cut(merge(this.#parts[index] ?? { keys: [], values: [] }, sorted.slice(from, at))));
      taken = index + 1;
    }
    for (; taken < this.#parts.length; taken++) parts.push(this.#parts[taken] as Part<V>);
    return new SortedMap(isSparse(parts) ? cut(join(parts)) : parts);
  }

  get(key: string): V | undefined {
    const part = this.#parts[this.#partOf(key)];
    return part?.values[indexOf(part, key)];
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /**
   * Returns pairs of the values, here and there, of every key that the two have different values for.
   * PERF: parts that both share are not looked into, and where the other ones have the same keys, only values are compared.
   */
  differences(next: SortedMap<V>): readonly Difference<V>[] {
    if (this === next) return [];
    const here = withoutShared(this.#parts, next.#parts);
    const there = withoutShared(next.#parts, this.#parts);
    const haveSameKeys =
      here.length === there.length && here.every(({ keys }, index) => keys === there[index]?.keys);
    return haveSameKeys
      ? here.flatMap((part, index) => differencesOfValues(part.values, there[index]?.values ?? []))
      : differencesOfParts(join(here), join(there));
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  *keys(): Generator<string, undefined> {
    for (const { keys } of this.#parts) yield* keys;
    return undefined;
  }

  *values(): Generator<V, undefined> {
    for (const { values } of this.#parts) yield* values;
    return undefined;
  }

  *entries(): Generator<[string, V], undefined> {
    for (const { keys, values } of this.#parts) {
      for (let index = 0; index < keys.length; index++) yield [keys[index] as string, values[index] as V];
    }
    return undefined;
  }

  [Symbol.iterator](): Generator<[string, V], undefined> {
    return this.entries();
  }

  /** The index of the part that holds the key, or would; -1 before the first one. */
  #partOf(key: string): number {
    return lastNotAfter(this.#parts.length, key, (index) => this.#parts[index]?.keys[0]);
  }
}

/** -1 where the part does not have the key. */
function indexOf<V>({ keys }: Part<V>, key: string): number {
  const index = lastNotAfter(keys.length, key, (at) => keys[at]);
  return keys[index] === key ? index : -1;
}

function withoutShared<V>(parts: readonly Part<V>[], others: readonly Part<V>[]): readonly Part<V>[] {
  const shared = new Set(others);
  return parts.filter((part) => !shared.has(part));
}

type Difference<V> = readonly [V | undefined, V | undefined];

function differencesOfValues<V>(here: readonly V[], there: readonly V[]): Difference<V>[] {
  const pairs: Difference<V>[] = [];
  here.forEach((before, index) => {
    if (before !== there[index]) pairs.push([before, there[index]]);
  });
  return pairs;
}

function differencesOfParts<V>(here: Part<V>, there: Part<V>): Difference<V>[] {
  const pairs: Difference<V>[] = [];
  for (let left = 0, right = 0; left < here.keys.length || right < there.keys.length; ) {
    const [leftKey, rightKey] = [here.keys[left], there.keys[right]];
    const isHere = leftKey !== undefined && (rightKey === undefined || leftKey <= rightKey);
    const isThere = rightKey !== undefined && (leftKey === undefined || rightKey <= leftKey);
    const before = isHere ? here.values[left++] : undefined;
    const after = isThere ? there.values[right++] : undefined;
    if (before !== after) pairs.push([before, after]);
  }
  return pairs;
}

/** The greatest index whose key is not after `key`; -1 if there is none. */
function lastNotAfter(length: number, key: string, keyAt: (index: number) => string | undefined): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keyAt(middle) ?? "") <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

type Change<V> = readonly [string, V | undefined];

function merge<V>(part: Part<V>, changes: readonly Change<V>[]): Part<V> {
  return replaceValues(part, changes) ?? mergeKeys(part, changes);
}

/** PERF: most changes give keys that are there other values, and need no new list of keys. */
function replaceValues<V>(part: Part<V>, changes: readonly Change<V>[]): Part<V> | undefined {
  const values = part.values.slice();
  for (const [key, value] of changes) {
    const index = indexOf(part, key);
    if (index < 0 || value === undefined) return undefined;
    values[index] = value;
  }
  return { keys: part.keys, values };
}

function mergeKeys<V>(part: Part<V>, changes: readonly Change<V>[]): Part<V> {
  const keys: string[] = [];
  const values: V[] = [];
  let next = 0;
  const put = (key: string, value: V | undefined) => {
    if (value === undefined) return;
    keys.push(key);
    values.push(value);
  };
  part.keys.forEach((key, index) => {
    for (let change = changes[next]; change && change[0] < key; change = changes[++next]) put(...change);
    const change = changes[next];
    if (change?.[0] === key) next += 1;
    put(key, change?.[0] === key ? change[1] : part.values[index]);
  });
  for (const change of changes.slice(next)) put(...change);
  return { keys, values };
}

/** Pieces of at most twice the usual size, none of them empty. */
function cut<V>({ keys, values }: Part<V>): Part<V>[] {
  if (keys.length === 0) return [];
  if (keys.length <= 2 * partSize) return [{ keys, values }];
  const parts: Part<V>[] = [];
  for (let at = 0; at < keys.length; at += partSize) {
    parts.push({ keys: keys.slice(at, at + partSize), values: values.slice(at, at + partSize) });
  }
  return parts;
}

/** Removals leave small parts behind; at four times the parts that are needed they are made anew. */
function isSparse<V>(parts: readonly Part<V>[]): boolean {
  const count = parts.reduce((sum, { keys }) => sum + keys.length, 0);
  return parts.length > 4 * Math.ceil(count / partSize);
}

function join<V>(parts: readonly Part<V>[]): Part<V> {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  return { keys: parts.flatMap(({ keys }) => keys), values: parts.flatMap(({ values }) => values) };
}
