/** The structures that name the ends of sockets: `struct sockaddr_in`, `sockaddr_in6`, `sockaddr_ll`. */
import { addressBytes, formatAddressBytes } from "../lib/address-bytes.ts";
import { hostIsLittleEndian } from "../netlink/codec/index.ts";

// include/linux/socket.h
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;

/** An IP address without a port. `linkIndex` says which link a link-local IPv6 address is on. Throws RangeError for what is no address. */
export function ipSocketAddress(address: string, linkIndex = 0): Uint8Array {
  const ip = addressBytes(address);
  if (!ip) throw new RangeError(`"${address}" is no IP address`);
  const bytes = new Uint8Array(ip.length === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ip.length === 4 ? AF_INET : AF_INET6, hostIsLittleEndian);
  bytes.set(ip, ip.length === 4 ? 4 : 8);
  if (ip.length === 16) view.setUint32(24, linkIndex, hostIsLittleEndian);
  return bytes;
}

/** Reads the address of a `struct sockaddr_in6`. */
export function readIpv6SocketAddress(bytes: Uint8Array): string {
  return formatAddressBytes(bytes.subarray(8, 24));
}

/** A link, for packets of all protocols. */
export function linkSocketAddress(linkIndex: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, hostIsLittleEndian);
  view.setInt32(4, linkIndex, hostIsLittleEndian);
  return bytes;
}
