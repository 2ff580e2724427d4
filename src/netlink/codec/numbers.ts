/** Integers. The byte order is part of the name: `be` is network order, `host` the machine's. */
import { hostIsLittleEndian } from "./byte-order.ts";
import type { Codec, Input } from "./codec.ts";
import { WireError } from "./wire-error.ts";
import type { Writer } from "./writer.ts";

/** A codec whose values all take the same number of bytes, so that they can stand in a fixed header. */
export interface FixedCodec<T> extends Codec<T> {
  readonly size: number;
}

export const u8 = integer({
  size: 1,
  minimum: 0,
  maximum: 0xff,
  write: (writer, value) => writer.u8(value),
  read: ({ bytes }, at) => bytes[at] ?? 0,
});
export const u16be = unsigned16(false);
export const u16host = unsigned16(hostIsLittleEndian);
export const u32be = unsigned32(false);
export const u32host = unsigned32(hostIsLittleEndian);
export const s32be = signed32(false);
export const s32host = signed32(hostIsLittleEndian);
export const u64be = unsigned64(false);
export const u64host = unsigned64(hostIsLittleEndian);

interface IntegerRules {
  readonly size: number;
  readonly minimum: number;
  readonly maximum: number;
  write(writer: Writer, value: number): void;
  read(input: Input, at: number): number;
}

function integer({ size, minimum, maximum, write, read }: IntegerRules): FixedCodec<number> {
  return {
    size,
    typeBits: 0,
    write(writer, value) {
      if (!Number.isInteger(value) || value < minimum || value > maximum)
        throw new WireError(`${value} is no integer from ${minimum} to ${maximum}`);
      write(writer, value);
    },
    read(input, start, end) {
      checkSize(size, end - start);
      return read(input, start);
    },
    format: String,
  };
}

function unsigned16(littleEndian: boolean): FixedCodec<number> {
  return integer({
    size: 2,
    minimum: 0,
    maximum: 0xffff,
    write: (writer, value) => writer.u16(value, littleEndian),
    read: ({ view }, at) => view.getUint16(at, littleEndian),
  });
}

function unsigned32(littleEndian: boolean): FixedCodec<number> {
  return integer({
    size: 4,
    minimum: 0,
    maximum: 0xffffffff,
    write: (writer, value) => writer.u32(value, littleEndian),
    read: ({ view }, at) => view.getUint32(at, littleEndian),
  });
}

function signed32(littleEndian: boolean): FixedCodec<number> {
  return integer({
    size: 4,
    minimum: -0x80000000,
    maximum: 0x7fffffff,
    write: (writer, value) => writer.u32(value, littleEndian),
    read: ({ view }, at) => view.getInt32(at, littleEndian),
  });
}

function unsigned64(littleEndian: boolean): FixedCodec<bigint> {
  return {
    size: 8,
    typeBits: 0,
    write(writer, value) {
      if (value < 0n || value > 0xffffffffffffffffn)
        throw new WireError(`${value} is no unsigned integer of 64 bits`);
      writer.u64(value, littleEndian);
    },
    read({ view }, start, end) {
      checkSize(8, end - start);
      return view.getBigUint64(start, littleEndian);
    },
    format: String,
  };
}

/** Throws WireError if a value takes another number of bytes. */
export function checkSize(expected: number, actual: number): void {
  if (actual !== expected) throw new WireError(`${actual} bytes, ${expected} expected`);
}
