/** Keys under a prefix as a half-open range, in the bytewise order of their UTF-8 form. */

/** The first key after all keys that begin with the prefix: `a/` gives `a0`; undefined if there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let point = points.pop(); point !== undefined; point = points.pop()) {
    const next = nextCodePoint(point);
    if (next !== undefined) return String.fromCodePoint(...points, next);
  }
  return undefined;
}

/** The first key that sorts after this one. */
export function keyAfter(key: string): string {
  return `${key}\0`;
}

/** By the bytes of their UTF-8 form; JavaScript's own order differs where characters beyond U+FFFF are. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** U+D800 to U+DFFF are no characters, and so have no UTF-8 form. */
function nextCodePoint(point: number): number | undefined {
  if (point === 0x10ffff) return undefined;
  return point === 0xd7ff ? 0xe000 : point + 1;
}
