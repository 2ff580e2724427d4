/** Codec: how one value is written, read and printed. What is larger is combined from such. */
import { WireError } from "./wire-error.ts";
import { Writer } from "./writer.ts";

export interface Codec<T> {
  /** What an attribute with such a value carries in its type's upper bits: NLA_F_NESTED or nothing. */
  readonly typeBits: number;
  /** Writes the value without length or padding. Throws WireError. */
  write(writer: Writer, value: T): void;
  /** Reads what stands from `start` to `end`. Throws WireError. */
  read(input: Input, start: number, end: number): T;
  format(value: T): string;
}

/** The type of a codec's or table's values. */
export type Decoded<C> = C extends { read(input: Input, start: number, end: number): infer T } ? T : never;

/** Bytes to read from. */
export interface Input {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where an attribute begins that is looked for: reading ends there with AttributeFound. */
  readonly target?: number;
}

export function inputOf(bytes: Uint8Array, target?: number): Input {
  const { buffer, byteOffset, byteLength } = bytes;
  // Never a Buffer, whose slice() is no copy.
  return {
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    ...(target !== undefined && { target }),
  };
}

/** Returns a value's bytes, without length or padding. Throws WireError. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  try {
    codec.write(writer, value);
  } catch (error) {
    throw error instanceof WireError ? error.finish("encode") : error;
  }
  return writer.finish();
}

/** Reads a value that fills all of `bytes`. Throws WireError. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  try {
    return codec.read(inputOf(bytes), 0, bytes.length);
  } catch (error) {
    throw error instanceof WireError ? error.finish("decode") : error;
  }
}
