/** Addresses as binary strings. */
import { addressBytes } from "../../lib/address-bytes.ts";

const DOT = 46;
const ZERO = 48;

/**
 * Returns an address's 4 or 16 bytes: `10.0.0.1` gives "\n\0\0\u0001". Throws a RangeError if the text is none.
 * PERF: a hundred thousand IPv4 addresses are read at a start, so they go without regular expressions.
 */
export function addressKey(address: string): string {
  return dottedKey(address) ?? anyKey(address);
}

function dottedKey(address: string): string | undefined {
  let bytes = "";
  let part = 0;
  let digits = 0;
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index);
    if (code === DOT) {
      if (digits === 0) return undefined;
      bytes += String.fromCharCode(part);
      part = 0;
      digits = 0;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return undefined;
    part = part * 10 + digit;
    digits += 1;
    if (part > 255) return undefined;
  }
  return digits > 0 && bytes.length === 3 ? bytes + String.fromCharCode(part) : undefined;
}

function anyKey(address: string): string {
  const bytes = addressBytes(address);
  if (!bytes) throw new RangeError(`Cannot use "${address}": it is no IP address`);
  return Buffer.from(bytes).toString("latin1");
}
