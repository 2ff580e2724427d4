/** Ends a `switch` over a union: the compiler rejects a case that was forgotten. Throws TypeError if one slips through. */
export function assertNever(value: never): never {
  throw new TypeError(`Cannot handle ${JSON.stringify(value)}: no case for it`);
}
