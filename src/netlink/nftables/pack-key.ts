/** Keys and data of sets: fields one after the other, each padded to four bytes. */
import { addressBytes, formatAddressBytes } from "../../lib/address-bytes.ts";
import { hostIsLittleEndian, inputOf } from "../codec/index.ts";
import { type Field, lengthOf, nfprotos, traitsOf } from "./field.ts";

/**
 * What a field can be given as: an address `10.0.0.1`, a protocol `tcp` or its number, a family `ipv4`, an interface's name, a number;
 * or its bytes.
 */
export type FieldValue = string | number | Uint8Array;

/** include/uapi/linux/in.h */
const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, "ipv6-icmp": 58, sctp: 132 };

/** How numbers that are in the machine's byte order are packed: ranges must be in network order, to be compared byte by byte. */
interface PackOptions {
  readonly forRange?: boolean;
}

/** `packKey(["ip daddr", "meta l4proto", "th dport"], ["10.0.0.1", "tcp", 80])`. Throws RangeError for a value that does not fit. */
export function packKey(
  fields: readonly Field[],
  values: readonly FieldValue[],
  { forRange = false }: PackOptions = {},
): Uint8Array {
  if (values.length !== fields.length)
    throw new RangeError(
      `Cannot pack ${values.length} values: "${fields.join(" . ")}" has ${fields.length} fields`,
    );
  const key = new Uint8Array(lengthOf(fields));
  let at = 0;
  fields.forEach((field, index) => {
    const { length } = traitsOf(field);
    packField(key.subarray(at, at + length), field, values[index] ?? 0, forRange);
    at += (length + 3) & ~3;
  });
  return key;
}

/** Returns the fields' values, protocols and families as numbers. Throws RangeError if the key has another length. */
export function unpackKey(
  fields: readonly Field[],
  key: Uint8Array,
  { forRange = false }: PackOptions = {},
): readonly (string | number)[] {
  if (key.length !== lengthOf(fields))
    throw new RangeError(
      `Cannot unpack ${key.length} bytes: "${fields.join(" . ")}" has ${lengthOf(fields)}`,
    );
  let at = 0;
  return fields.map((field) => {
    const { length } = traitsOf(field);
    const bytes = key.subarray(at, at + length);
    at += (length + 3) & ~3;
    return unpackField(bytes, field, forRange);
  });
}

function packField(into: Uint8Array, field: Field, value: FieldValue, forRange: boolean): void {
  const bytes = value instanceof Uint8Array ? value : undefined;
  const { kind } = traitsOf(field);
  if (bytes) {
    if (bytes.length !== into.length)
      throw cannotPack(field, `${bytes.length} bytes, ${into.length} expected`);
    into.set(bytes);
  } else if (kind === "ipv4" || kind === "ipv6") {
    const address = addressBytes(String(value));
    if (address?.length !== into.length) throw cannotPack(field, `"${value}" is no such address`);
    into.set(address);
  } else if (kind === "name") {
    const name = Buffer.from(String(value));
    if (name.length >= into.length)
      throw cannotPack(field, `"${value}" has more than ${into.length - 1} bytes`);
    into.set(name);
  } else {
    packNumber(into, field, numberOf(field, value), forRange);
  }
}

function packNumber(into: Uint8Array, field: Field, number: number, forRange: boolean): void {
  const { length, order } = traitsOf(field);
  if (!Number.isInteger(number) || number < 0 || number >= 2 ** (length * 8))
    throw cannotPack(field, `${number} is no integer from 0 to ${2 ** (length * 8) - 1}`);
  const { view } = inputOf(into);
  const littleEndian = order === "host" && !forRange && hostIsLittleEndian;
  if (length === 4) view.setUint32(0, number, littleEndian);
  else if (length === 2) view.setUint16(0, number, littleEndian);
  else view.setUint8(0, number);
}

function unpackField(bytes: Uint8Array, field: Field, forRange: boolean): string | number {
  const { kind, length, order } = traitsOf(field);
  if (kind === "ipv4" || kind === "ipv6") return formatAddressBytes(bytes);
  if (kind === "name") return Buffer.from(bytes).toString().replace(/\0+$/, "");
  const { view } = inputOf(bytes);
  const littleEndian = order === "host" && !forRange && hostIsLittleEndian;
  if (length === 4) return view.getUint32(0, littleEndian);
  return length === 2 ? view.getUint16(0, littleEndian) : view.getUint8(0);
}

function numberOf(field: Field, value: FieldValue): number {
  if (typeof value === "number") return value;
  const { kind } = traitsOf(field);
  const names = kind === "protocol" ? protocols : kind === "family" ? nfprotos : {};
  const number = names[String(value)];
  if (number === undefined) throw cannotPack(field, `"${value}" is no name of one; use a number`);
  return number;
}

function cannotPack(field: Field, reason: string): RangeError {
  return new RangeError(`Cannot pack "${field}": ${reason}`);
}
