/** Addresses and prefixes as text, as all of this folder takes and gives them. */
import { addressBytes } from "../../lib/address-bytes.ts";

export type Family = "IPv4" | "IPv6";

/** A prefix in parts: `10.1.0.0/16`. */
export interface Prefix {
  readonly family: Family;
  readonly address: string;
  readonly length: number;
}

/** Throws RangeError, with what is expected, if the text is no address. */
export function familyOf(address: string): Family {
  const bytes = addressBytes(address);
  if (!bytes) throw new RangeError(`"${address}" is no IP address`);
  return bytes.length === 4 ? "IPv4" : "IPv6";
}

/** Reads `10.1.0.0/16`, or an address alone as the prefix of its full length. Throws RangeError if it is neither. */
export function parsePrefix(text: string): Prefix {
  const [address = "", length, more] = text.split("/");
  const family = familyOf(address);
  const bits = family === "IPv4" ? 32 : 128;
  const number = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (number < 0 || number > bits || more !== undefined)
    throw new RangeError(`"${text}" is no IP prefix, such as 10.1.0.0/16`);
  return { family, address, length: number };
}

/** The prefix of everything. */
export const everything: Readonly<Record<Family, string>> = { IPv4: "0.0.0.0/0", IPv6: "::/0" };
