/** Row: one element of a map or set, in the bytes that the kernel keeps. Numbers that rules compute are in host order. */
import { addressBytes } from "../../kernel/index.ts";

export interface Row {
  /** Name of the map or set. */
  readonly set: string;
  readonly key: Uint8Array;
  /** The last key of an interval. */
  readonly keyEnd?: Uint8Array;
  /** Of a map. */
  readonly data?: Uint8Array;
  /** For people who list the table. */
  readonly comment?: string;
}

/** include/uapi/linux/in.h */
export const protocolNumbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;
export type ProtocolName = keyof typeof protocolNumbers;

/** What a row is known by within its set. */
export function rowId({ key, keyEnd }: Pick<Row, "key" | "keyEnd">): string {
  const first = asBuffer(key).toString("latin1");
  return keyEnd ? first + asBuffer(keyEnd).toString("latin1") : first;
}

/** Says whether two rows of one key hold the same. The comment counts: people read it. */
export function isSameRow(a: Row, b: Row): boolean {
  if (a.comment !== b.comment) return false;
  if (a.data === undefined || b.data === undefined) return a.data === b.data;
  return asBuffer(a.data).equals(b.data);
}

/** `ip daddr . meta l4proto . th dport`. Throws a RangeError if the address is none. */
export function addressPortKey(address: string, protocol: ProtocolName, port: number): Uint8Array {
  const bytes = bytesOf(address);
  const key = Buffer.alloc(bytes.length + 8);
  key.set(bytes);
  key[bytes.length] = protocolNumbers[protocol];
  key.writeUInt16BE(port, bytes.length + 4);
  return key;
}

/** `meta l4proto . th dport`. */
export function portKey(protocol: ProtocolName, port: number): Uint8Array {
  const key = Buffer.alloc(8);
  key[0] = protocolNumbers[protocol];
  key.writeUInt16BE(port, 4);
  return key;
}

/** `ip daddr . th dport`, as translation takes it. */
export function addressPortData(address: string, port: number): Uint8Array {
  const bytes = bytesOf(address);
  const data = Buffer.alloc(bytes.length + 4);
  data.set(bytes);
  data.writeUInt16BE(port, bytes.length);
  return data;
}

/** One or more 32-bit numbers in host order. */
export function hostNumbers(...numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(numbers).buffer);
}

/** The number at a place that hostNumbers wrote. */
export function readHostNumber(bytes: Uint8Array, index = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + index * 4, 4);
  return view.getUint32(0, isLittleEndian);
}

/** Addresses one after the other. */
export function addressKey(...addresses: readonly string[]): Uint8Array {
  return Buffer.concat(addresses.map(bytesOf));
}

/** Returns an address's 4 or 16 bytes. Throws a RangeError if the text is none. */
export function bytesOf(address: string): Uint8Array {
  const bytes = addressBytes(address);
  if (!bytes) throw new RangeError(`Cannot pack "${address}": it is no IP address`);
  return bytes;
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
