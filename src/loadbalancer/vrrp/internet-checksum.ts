/** The Internet checksum (RFC 1071), with the pseudo-headers of IPv4 (RFC 9293, section 3.1) and IPv6 (RFC 8200, section 8.1). */
import { requireAddressBytes } from "./require-address-bytes.ts";

/** Returns the checksum of the parts, one after the other; 0 if they hold a right one. All but the last have an even length. */
export function internetChecksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** What is summed up before a payload of `length` bytes: both addresses, the length and the protocol's number. */
export function pseudoHeader(
  source: string,
  destination: string,
  protocol: number,
  length: number,
): Uint8Array {
  const [from, to] = [requireAddressBytes(source), requireAddressBytes(destination)];
  if (from.length !== to.length)
    throw new RangeError(`Cannot send from ${source} to ${destination}: one family is needed`);
  const tail = new Uint8Array(from.length === 4 ? 4 : 8);
  const view = new DataView(tail.buffer);
  if (from.length === 4) view.setUint16(2, length);
  else view.setUint32(0, length);
  tail[from.length === 4 ? 1 : 7] = protocol;
  return Uint8Array.of(...from, ...to, ...tail);
}
