/** Reads packets from raw sockets, of which IPv4's give the header with the payload and IPv6's tell of it apart. */
import { formatAddressBytes } from "../lib/address-bytes.ts";
import { hostIsLittleEndian } from "../netlink/codec/index.ts";
import type { Family } from "../netlink/route/index.ts";
import type { Libc } from "./ffi.ts";
import { readIpv6SocketAddress } from "./socket-address.ts";
import { SystemCallError } from "./system-call-error.ts";

/** A packet without its IP header. */
export interface RawPacket {
  readonly source: string;
  readonly destination: string;
  /** As it arrived: 255 was sent by a neighbour with 255. */
  readonly hopLimit: number;
  readonly payload: Uint8Array;
}

const MSG_DONTWAIT = 0x40;
/** Larger than any packet on a link whose packets hold 9000 bytes; of what is larger, the rest is cut off. */
const usualBytes = 10_000;
const ipv4HeaderBytes = 20;
// include/uapi/linux/in6.h
const IPPROTO_IPV6 = 41;
const IPV6_PKTINFO = 50;
const IPV6_HOPLIMIT = 52;
/** `struct cmsghdr` on machines of 64 bits: a length of 8 bytes, level and type of 4 each; the next one is aligned to 8. */
const controlHeaderBytes = 16;

/** Returns the next packet; undefined if there is none, `error` in place of one that says what is wrong with the link or could not be read. */
export function receiveRawPacket(libc: Libc, fd: number, family: Family): RawPacket | "error" | undefined {
  try {
    return family === "IPv4" ? receiveIpv4(libc, fd) : receiveIpv6(libc, fd);
  } catch (error) {
    // ENETDOWN and the like, which a socket tells once.
    if (error instanceof SystemCallError) return "error";
    throw error;
  }
}

function receiveIpv4(libc: Libc, fd: number): RawPacket | "error" | undefined {
  const data = new Uint8Array(usualBytes);
  const length = libc.receive("Cannot read a packet", fd, data, MSG_DONTWAIT);
  if (length === undefined) return undefined;
  return splitIpv4Packet(data.subarray(0, length)) ?? "error";
}

/** Pure. RFC 791; undefined for what is no whole IPv4 header. */
export function splitIpv4Packet(packet: Uint8Array): RawPacket | undefined {
  const headerBytes = ((packet[0] ?? 0) & 0xf) * 4;
  if (headerBytes < ipv4HeaderBytes || packet.length < headerBytes) return undefined;
  return {
    source: formatAddressBytes(packet.subarray(12, 16)),
    destination: formatAddressBytes(packet.subarray(16, 20)),
    hopLimit: packet[8] ?? 0,
    payload: packet.slice(headerBytes),
  };
}

function receiveIpv6(libc: Libc, fd: number): RawPacket | "error" | undefined {
  const into = { data: new Uint8Array(usualBytes), name: new Uint8Array(28), control: new Uint8Array(128) };
  const got = libc.receiveMessage("Cannot read a packet", fd, into, MSG_DONTWAIT);
  if (!got) return undefined;
  let destination: string | undefined;
  let hopLimit: number | undefined;
  for (const { level, type, data } of controlMessages(into.control.subarray(0, got.controlLength))) {
    if (level !== IPPROTO_IPV6) continue;
    if (type === IPV6_PKTINFO) destination = formatAddressBytes(data.subarray(0, 16));
    if (type === IPV6_HOPLIMIT)
      hopLimit = new DataView(data.buffer, data.byteOffset).getInt32(0, hostIsLittleEndian);
  }
  if (destination === undefined || hopLimit === undefined) return "error";
  return {
    source: readIpv6SocketAddress(into.name),
    destination,
    hopLimit,
    payload: into.data.slice(0, got.length),
  };
}

function* controlMessages(control: Uint8Array) {
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  for (let at = 0; at + controlHeaderBytes <= control.length; ) {
    const length = Number(view.getBigUint64(at, hostIsLittleEndian));
    if (length < controlHeaderBytes || at + length > control.length) return;
    yield {
      level: view.getInt32(at + 8, hostIsLittleEndian),
      type: view.getInt32(at + 12, hostIsLittleEndian),
      data: control.subarray(at + controlHeaderBytes, at + length),
    };
    at += (length + 7) & ~7;
  }
}
