/** Strings, bytes and attributes that only are there or not. */
import type { Codec } from "./codec.ts";
import { checkSize, type FixedCodec } from "./numbers.ts";
import { WireError } from "./wire-error.ts";

const decoder = new TextDecoder();

/** A string with a zero byte behind it (NLA_NUL_STRING); one without it is read all the same (NLA_STRING). */
export const asciiz: Codec<string> = {
  typeBits: 0,
  write(writer, value) {
    if (value.includes("\0")) throw new WireError(`${JSON.stringify(value)} holds a zero byte`);
    writer.text(value);
    writer.u8(0);
  },
  read({ bytes }, start, end) {
    let last = end;
    while (last > start && bytes[last - 1] === 0) last -= 1;
    // Names are short: this is faster than a TextDecoder.
    let text = "";
    for (let at = start; at < last; at += 1) {
      const code = bytes[at] ?? 0;
      if (code > 0x7f) return decoder.decode(bytes.subarray(start, last));
      text += String.fromCharCode(code);
    }
    return text;
  },
  format: (value) => JSON.stringify(value),
};

/** Bytes of any length. What is read is a copy. */
export const bytes: Codec<Uint8Array> = {
  typeBits: 0,
  write: (writer, value) => writer.bytes(value),
  read: (input, start, end) => input.bytes.slice(start, end),
  format: formatBytes,
};

/** Bytes of one length only. */
export function fixedBytes(size: number): FixedCodec<Uint8Array> {
  return {
    ...bytes,
    size,
    write(writer, value) {
      checkSize(size, value.length);
      writer.bytes(value);
    },
    read(input, start, end) {
      checkSize(size, end - start);
      return input.bytes.slice(start, end);
    },
  };
}

/** An attribute without a value (NLA_FLAG): use it as optional, true is the only value. */
export const flag: Codec<true> = {
  typeBits: 0,
  write() {},
  read: () => true,
  format: () => "true",
};

/** `0x0a000001`; nothing for no bytes. */
export function formatBytes(value: Uint8Array): string {
  return `0x${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
