/** DER (ITU-T X.690), as far as certificates need it. Pure. */

/** Universal tags; SEQUENCE and SET with their bit for "constructed". */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const contextSpecific = 0x80;
const constructed = 0x20;
/** RFC 5280, 4.1.2.5: years from here on have four digits. */
const firstGeneralizedYear = 2050;

export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly whole: Buffer;
}

/** One element: its tag, the length of its contents, and they themselves one after the other. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return element(tags.sequence, ...items);
}

/** `[number] EXPLICIT` around what is constructed, `[number] IMPLICIT` for bytes that are primitive. */
export function tagged(number: number, kind: "explicit" | "primitive", ...contents: readonly Uint8Array[]) {
  return element(contextSpecific | (kind === "explicit" ? constructed : 0) | number, ...contents);
}

/** A number that is not negative, its bytes in network order. */
export function integer(bytes: Uint8Array): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from += 1;
  const magnitude = bytes.subarray(from);
  const sign = (magnitude[0] ?? 0) >= 0x80 ? [0] : [];
  return element(tags.integer, Buffer.from(sign), magnitude);
}

/** `2.5.4.3` */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return element(tags.objectIdentifier, Buffer.from([40 * first + second, ...rest].flatMap(base128)));
}

export function utf8String(text: string): Buffer {
  return element(tags.utf8String, Buffer.from(text));
}

export function octetString(...contents: readonly Uint8Array[]): Buffer {
  return element(tags.octetString, ...contents);
}

/** `unusedBits` at the end of the last byte do not belong to it. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return element(tags.bitString, Buffer.from([unusedBits]), bytes);
}

export function boolean(value: boolean): Buffer {
  return element(tags.boolean, Buffer.from([value ? 0xff : 0]));
}

/** Whole seconds, UTC. */
export function time(ms: number): Buffer {
  const date = new Date(ms);
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < firstGeneralizedYear
    ? element(tags.utcTime, Buffer.from(digits.slice(2)))
    : element(tags.generalizedTime, Buffer.from(digits));
}

/** The elements that stand side by side in some bytes. Throws SyntaxError when they are not DER. */
export function readElements(bytes: Buffer): readonly DerElement[] {
  const found: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { header, length } = readHeader(bytes, at);
    const end = at + header + length;
    if (end > bytes.length) throw new SyntaxError(`Cannot read DER: an element at ${at} is cut off`);
    found.push({
      tag: bytes[at] ?? 0,
      content: bytes.subarray(at + header, end),
      whole: bytes.subarray(at, end),
    });
    at = end;
  }
  return found;
}

function readHeader(bytes: Buffer, at: number): { readonly header: number; readonly length: number } {
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return { header: 2, length: first };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + 2 + count > bytes.length)
    throw new SyntaxError(`Cannot read DER: no length at ${at}`);
  return { header: 2 + count, length: bytes.readUIntBE(at + 2, count) };
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

function base128(value: number): readonly number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}
