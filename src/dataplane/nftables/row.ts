/**
 * Row: one element of a map or set. Keys and data are the bytes that the kernel keeps, as binary strings (a character a byte):
 * hundreds of thousands of them are compared and looked up, which strings do at a fraction of what byte arrays take.
 */
import { hostIsLittleEndian } from "../../netlink/codec/index.ts";
import { addressKey } from "./address-key.ts";

export interface Row {
  /** Name of the map or set. */
  readonly set: string;
  readonly key: string;
  /** The last key of an interval. */
  readonly keyEnd?: string;
  /** Of a map. */
  readonly data?: string;
  /** For people who list the table. */
  readonly comment?: string;
}

/** include/uapi/linux/in.h */
export const protocolNumbers = { TCP: 6, UDP: 17, SCTP: 132 } as const;
export type ProtocolName = keyof typeof protocolNumbers;

/** What a row is known by within its set. */
export function rowId({ key, keyEnd = "" }: Pick<Row, "key" | "keyEnd">): string {
  return key + keyEnd;
}

/** Says whether two rows of one key hold the same. The comment counts: people read it. */
export function isSameRow(a: Row, b: Row): boolean {
  return a.data === b.data && a.comment === b.comment;
}

/** `ip daddr . meta l4proto . th dport`. Throws a RangeError if the address is none. */
export function addressPortKey(address: string, protocol: ProtocolName, port: number): string {
  return addressKey(address) + portKey(protocol, port);
}

/** `meta l4proto . th dport`. */
export function portKey(protocol: ProtocolName, port: number): string {
  return String.fromCharCode(protocolNumbers[protocol], 0, 0, 0, port >> 8, port & 0xff, 0, 0);
}

/** `ip daddr . th dport`, as translation takes it. */
export function addressPortData(address: string, port: number): string {
  return addressKey(address) + String.fromCharCode(port >> 8, port & 0xff, 0, 0);
}

/** A 32-bit number in host order, as rules compute it. */
export function hostNumber(value: number): string {
  return hostIsLittleEndian
    ? String.fromCharCode(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24)
    : String.fromCharCode(value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff);
}

/** The number that a row's bytes begin with. */
export function readHostNumber(bytes: string): number {
  const at = (index: number) => bytes.charCodeAt(index);
  return hostIsLittleEndian
    ? (at(0) | (at(1) << 8) | (at(2) << 16) | (at(3) << 24)) >>> 0
    : ((at(0) << 24) | (at(1) << 16) | (at(2) << 8) | at(3)) >>> 0;
}
