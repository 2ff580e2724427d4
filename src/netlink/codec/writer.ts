/** Writer: one growing buffer that messages and attributes are written to. Lengths and padding are its business. */
import { hostIsLittleEndian } from "./byte-order.ts";
import { WireError } from "./wire-error.ts";

/** `struct nlattr` holds its length in 16 bits, its own header of 4 bytes included. */
export const MAX_ATTRIBUTE_BYTES = 0xffff;
/** A larger message would not fit into any socket buffer that the kernel allows. */
const MAX_BYTES = 1 << 30;

const encoder = new TextEncoder();

export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;

  /** PERF: a capacity that suffices saves copies; the buffer doubles when it is full. */
  constructor(capacity = 512) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** What was written, as a view of the buffer: valid until more is written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }

  u16(value: number, littleEndian: boolean): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, littleEndian);
    this.#at += 2;
  }

  u32(value: number, littleEndian: boolean): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, littleEndian);
    this.#at += 4;
  }

  u64(value: bigint, littleEndian: boolean): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#at, value, littleEndian);
    this.#at += 8;
  }

  bytes(value: Uint8Array): void {
    const { length } = value;
    this.#reserve(length);
    // Calling set() costs more than copying a few bytes one by one.
    if (length > 48) this.#bytes.set(value, this.#at);
    else for (let index = 0; index < length; index += 1) this.#bytes[this.#at + index] = value[index] ?? 0;
    this.#at += length;
  }

  /** UTF-8, without a byte behind it. */
  text(value: string): void {
    const { length } = value;
    this.#reserve(length);
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        this.bytes(encoder.encode(value));
        return;
      }
      this.#bytes[this.#at + index] = code;
    }
    this.#at += length;
  }

  zeros(count: number): void {
    this.#reserve(count);
    this.#bytes.fill(0, this.#at, this.#at + count);
    this.#at += count;
  }

  /** Overwrites an earlier number, in host order. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, hostIsLittleEndian);
  }

  /** Overwrites an earlier byte. */
  patchU8(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  /** Begins an attribute; returns its place for endAttribute. */
  startAttribute(type: number): number {
    const start = this.#at;
    this.#reserve(4);
    this.#view.setUint16(start + 2, type, hostIsLittleEndian);
    this.#at = start + 4;
    return start;
  }

  /** Sets an attribute's length and pads to four bytes. Throws WireError if it is too long. */
  endAttribute(start: number): void {
    const length = this.#at - start;
    if (length > MAX_ATTRIBUTE_BYTES)
      throw new WireError(`attribute of ${length} bytes, ${MAX_ATTRIBUTE_BYTES} is the most`);
    this.#view.setUint16(start, length, hostIsLittleEndian);
    this.align();
  }

  /** Pads with zeros to a multiple of four bytes. */
  align(): void {
    while (this.#at & 3) this.u8(0);
  }

  /** Takes back what was written from `length` on. */
  truncate(length: number): void {
    this.#at = Math.min(length, this.#at);
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_BYTES) throw new WireError(`more than ${MAX_BYTES} bytes`);
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
