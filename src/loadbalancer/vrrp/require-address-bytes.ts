import { addressBytes } from "../../lib/address-bytes.ts";

/** As addressBytes. Throws RangeError, with what is expected, if the text is no address. */
export function requireAddressBytes(address: string): Uint8Array {
  const bytes = addressBytes(address);
  if (!bytes) throw new RangeError(`"${address}" is no IP address, such as 192.168.0.10 or fd00::10`);
  return bytes;
}

/** Below 0, 0 or above 0, as addresses of one family compare as numbers. */
export function compareAddresses(a: string, b: string): number {
  return Buffer.compare(requireAddressBytes(a), requireAddressBytes(b));
}
