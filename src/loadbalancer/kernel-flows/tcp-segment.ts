/** TCP segments in IP packets (RFC 9293, section 3.1; RFC 791; RFC 8200), as far as ending connections needs them. Pure. */
import { formatAddressBytes } from "../../lib/address-bytes.ts";
import { decode, encode, fixed, u8, u16be, u32be } from "../../netlink/codec/index.ts";
import { internetChecksum, pseudoHeader } from "../vrrp/internet-checksum.ts";
import { requireAddressBytes } from "../vrrp/require-address-bytes.ts";

export interface SegmentEnds {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

export interface Segment extends SegmentEnds {
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  /** Bytes of payload. */
  readonly length: number;
}

export const FIN = 0x01;
export const RST = 0x04;
export const ACK = 0x10;

const TCP = 6;
const ipv4Bytes = 20;
const ipv6Bytes = 40;
const header = fixed({
  sourcePort: u16be,
  destinationPort: u16be,
  sequence: u32be,
  acknowledgement: u32be,
  /** In words of four bytes, in the upper half. */
  offset: u8,
  flags: u8,
  window: u16be,
  checksum: u16be,
  urgent: u16be,
});

/** Reads a packet that begins with its IP header, of which the end may be missing; undefined for what is no TCP segment. */
export function readSegment(packet: Uint8Array): Segment | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const version = packet.length < ipv4Bytes ? 0 : view.getUint8(0) >> 4;
  const isIpv4 = version === 4;
  if (!isIpv4 && (version !== 6 || packet.length < ipv6Bytes)) return undefined;
  if (view.getUint8(isIpv4 ? 9 : 6) !== TCP) return undefined;
  const at = isIpv4 ? (view.getUint8(0) & 0xf) * 4 : ipv6Bytes;
  if (packet.length < at + header.size) return undefined;
  const { offset, sourcePort, destinationPort, sequence, acknowledgement, flags } = decode(
    header,
    packet.slice(at, at + header.size),
  );
  const total = isIpv4 ? view.getUint16(2) : ipv6Bytes + view.getUint16(4);
  const [from, to, end] = isIpv4 ? [12, 16, 20] : [8, 24, 40];
  return {
    source: formatAddressBytes(packet.slice(from, to)),
    sourcePort,
    destination: formatAddressBytes(packet.slice(to, end)),
    destinationPort,
    sequence,
    acknowledgement,
    flags,
    length: Math.max(0, total - at - (offset >> 4) * 4),
  };
}

/** Returns a whole packet with a segment without payload and options. */
export function buildSegment(ends: SegmentEnds, flags: number, sequence: number): Uint8Array {
  const { source, destination, sourcePort, destinationPort } = ends;
  const fields = { sourcePort, destinationPort, sequence, acknowledgement: 0, flags, window: 0, urgent: 0 };
  const offset = (header.size / 4) << 4;
  const sum = pseudoHeader(source, destination, TCP, header.size);
  const checksum = internetChecksum(sum, encode(header, { ...fields, offset, checksum: 0 }));
  const segment = encode(header, { ...fields, offset, checksum });
  return Uint8Array.of(...ipHeader(source, destination, segment.length), ...segment);
}

const hopLimit = 64;

function ipHeader(source: string, destination: string, length: number): Uint8Array {
  const [from, to] = [requireAddressBytes(source), requireAddressBytes(destination)];
  const bytes = new Uint8Array(from.length === 4 ? ipv4Bytes : ipv6Bytes);
  const view = new DataView(bytes.buffer);
  if (from.length === 4) {
    view.setUint8(0, 0x45);
    view.setUint16(2, ipv4Bytes + length);
    view.setUint8(8, hopLimit);
    view.setUint8(9, TCP);
    bytes.set(from, 12);
    bytes.set(to, 16);
  } else {
    view.setUint8(0, 0x60);
    view.setUint16(4, length);
    view.setUint8(6, TCP);
    view.setUint8(7, hopLimit);
    bytes.set(from, 8);
    bytes.set(to, 24);
  }
  return bytes;
}
