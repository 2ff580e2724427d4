/** Whether two API values say the same; a member that is undefined counts as absent. */
import { isDeepStrictEqual } from "node:util";

export function sameValue(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(withoutUndefined(left), withoutUndefined(right));
}

export function withoutUndefined<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}
