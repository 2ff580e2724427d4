/** True if both lists hold the same texts in the same order; an absent list is an empty one. */
export function sameList(next: readonly string[] = [], old: readonly string[] = []): boolean {
  return next.length === old.length && next.every((value, index) => value === old[index]);
}
