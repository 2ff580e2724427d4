/** Maps in the order of their keys, changed by copying. */

/**
 * Returns a copy of a map that is in key order, with some keys set or, where the value is undefined, removed.
 * PERF: one pass over the map, and a sort of the changed keys only.
 */
export function withChanges<V>(
  map: ReadonlyMap<string, V>,
  changes: ReadonlyMap<string, V | undefined>,
): ReadonlyMap<string, V> {
  const isNew = ([key, value]: readonly [string, V | undefined]) => value !== undefined && !map.has(key);
  const fresh = [...changes].filter(isNew).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, V][];
  const result = fresh.length === 0 ? new Map(map) : merge(map, fresh);
  for (const [key, value] of changes) {
    if (value === undefined) result.delete(key);
    else result.set(key, value);
  }
  return result;
}

function merge<V>(map: ReadonlyMap<string, V>, fresh: readonly (readonly [string, V])[]): Map<string, V> {
  const result = new Map<string, V>();
  let next = 0;
  for (const [key, value] of map) {
    for (let entry = fresh[next]; entry && entry[0] < key; entry = fresh[++next]) result.set(...entry);
    result.set(key, value);
  }
  for (const entry of fresh.slice(next)) result.set(...entry);
  return result;
}
