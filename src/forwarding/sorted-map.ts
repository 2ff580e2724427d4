/** SortedMap: a map in the order of its keys that is never changed; a changed copy shares nearly everything with it. */

/** Keys and their values, side by side. Never empty. */
interface Part<V> {
  readonly keys: readonly string[];
  readonly values: readonly V[];
}

/** A change copies one part and the list of parts: at 60,000 keys some 500 references. */
const partSize = 256;

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
    const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1));
    if (sorted.length === 0) return this;
    const parts: Part<V>[] = [];
    let at = 0;
    for (let index = 0; index < Math.max(1, this.#parts.length); index++) {
      const part = this.#parts[index] ?? { keys: [], values: [] };
      const nextFirst = this.#parts[index + 1]?.keys[0];
      const from = at;
      while (at < sorted.length && (nextFirst === undefined || (sorted[at]?.[0] ?? "") < nextFirst)) at++;
      if (from === at) parts.push(part);
      else parts.push(...cut(merge(part, sorted.slice(from, at))));
    }
    return new SortedMap(isSparse(parts) ? cut(join(parts)) : parts);
  }

  get(key: string): V | undefined {
    const part = this.#parts[lastNotAfter(this.#parts.length, key, (index) => this.#parts[index]?.keys[0])];
    if (!part) return undefined;
    const index = lastNotAfter(part.keys.length, key, (at) => part.keys[at]);
    return part.keys[index] === key ? part.values[index] : undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Every value that is not in `other`, and perhaps a few that are. PERF: parts that both share are not looked into. */
  *valuesNotIn(other: SortedMap<V>): Generator<V, undefined> {
    const shared = new Set(other.#parts);
    for (const part of this.#parts) if (!shared.has(part)) yield* part.values;
    return undefined;
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

function merge<V>(part: Part<V>, changes: readonly (readonly [string, V | undefined])[]): Part<V> {
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
  return { keys: parts.flatMap(({ keys }) => keys), values: parts.flatMap(({ values }) => values) };
}
