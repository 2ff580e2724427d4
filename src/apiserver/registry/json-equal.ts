/** Whether two JSON values are the same; the order of keys does not matter, and an undefined member is an absent one. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => jsonEqual(item, right[index]))
    );
  }
  const leftMembers = left as Record<string, unknown>;
  const rightMembers = right as Record<string, unknown>;
  for (const key in leftMembers) if (!jsonEqual(leftMembers[key], rightMembers[key])) return false;
  for (const key in rightMembers) {
    if (rightMembers[key] !== undefined && leftMembers[key] === undefined) return false;
  }
  return true;
}
