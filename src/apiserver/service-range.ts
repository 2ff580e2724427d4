/** The first address of the service range, which belongs to the Service default/kubernetes. */
import ipaddr from "ipaddr.js";

/** `10.96.0.0/16,fd00:10:96::/112` -> `10.96.0.1`. Throws an error that says what a range looks like. */
export function firstServiceAddress(ranges: string): string {
  const [primary = ""] = ranges.split(",");
  if (!ipaddr.isValidCIDR(primary.trim())) {
    throw new Error(`Cannot use the service range "${primary}": a range looks like 10.96.0.0/16`);
  }
  const [address, bits] = ipaddr.parseCIDR(primary.trim());
  const bytes = address.toByteArray().map((byte, index) => byte & maskByte(bits - index * 8));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
  return ipaddr.fromByteArray(bytes).toString();
}

/** The mask of one byte of which `bits` more bits belong to the network. */
function maskByte(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}
