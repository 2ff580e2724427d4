/** A sorted array of strings, changed in place. */

export function insertSorted(keys: string[], key: string): void {
  keys.splice(placeOf(keys, key), 0, key);
}

export function removeSorted(keys: string[], key: string): void {
  const at = keys.indexOf(key);
  if (at >= 0) keys.splice(at, 1);
}

function placeOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
