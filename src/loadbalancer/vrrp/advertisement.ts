/** VRRP ADVERTISEMENT packets, version 3 (RFC 9568, section 5.2): the one message of the protocol. */
import { formatAddressBytes } from "../../lib/address-bytes.ts";
import { decode, encode, fixed, u8, u16be } from "../../netlink/codec/index.ts";
import { internetChecksum, pseudoHeader } from "./internet-checksum.ts";
import { requireAddressBytes } from "./require-address-bytes.ts";
import type { Family } from "./virtual-router.ts";

export const vrrpProtocol = 112;
/** Routers do not pass it on, and who is off the link cannot send it. */
export const vrrpHopLimit = 255;
export const vrrpGroups: Readonly<Record<Family, string>> = { IPv4: "224.0.0.18", IPv6: "ff02::12" };

export interface Advertisement {
  readonly vrid: number;
  /** 0: the sender gives the addresses up. 255: they are its own. */
  readonly priority: number;
  /** A multiple of 10. */
  readonly intervalMs: number;
  readonly addresses: readonly string[];
}

/**
 * What an IPv4 checksum is taken over. RFC 9568 says the message alone; keepalived and FRR by default put a pseudo-header before it, as
 * RFC 5798 was read. For IPv6 it always is the pseudo-header and the message.
 */
export type Ipv4Checksum = "pseudo-header" | "message";

/** A packet as it came from the link. */
export interface ReceivedPacket {
  readonly source: string;
  readonly destination: string;
  readonly hopLimit: number;
  readonly payload: Uint8Array;
}

/** Why a packet is not taken (RFC 9568, section 7.1). */
export type PacketFault =
  | "hop limit is not 255"
  | "destination is not VRRP's group"
  | "source is no address of a router on the link"
  | "too short"
  | "not version 3"
  | "not an advertisement"
  | "wrong checksum"
  | "no addresses"
  | "no interval";

const header = fixed({
  versionAndType: u8,
  vrid: u8,
  priority: u8,
  count: u8,
  /** Four reserved bits, then centiseconds. */
  interval: u16be,
  checksum: u16be,
});
const version = 3;
const advertisementType = 1;
const checksumAt = 6;

/** Returns the payload of a packet to VRRP's group, sent from `source`. Throws WireError for numbers that do not fit. */
export function encodeAdvertisement(
  { vrid, priority, intervalMs, addresses }: Advertisement,
  source: string,
  ipv4Checksum: Ipv4Checksum = "pseudo-header",
): Uint8Array {
  const family: Family = source.includes(":") ? "IPv6" : "IPv4";
  const fields = encode(header, {
    versionAndType: (version << 4) | advertisementType,
    vrid,
    priority,
    count: addresses.length,
    interval: intervalMs / 10,
    checksum: 0,
  });
  const payload = Uint8Array.of(
    ...fields,
    ...addresses.flatMap((address) => [...requireAddressBytes(address)]),
  );
  const sum =
    family === "IPv4" && ipv4Checksum === "message"
      ? internetChecksum(payload)
      : internetChecksum(pseudoHeader(source, vrrpGroups[family], vrrpProtocol, payload.length), payload);
  new DataView(payload.buffer).setUint16(checksumAt, sum);
  return payload;
}

/** Returns the advertisement, or what is wrong with the packet; both forms of an IPv4 checksum are right. */
export function readAdvertisement(packet: ReceivedPacket): Advertisement | PacketFault {
  const { source, destination, hopLimit, payload } = packet;
  const family: Family = source.includes(":") ? "IPv6" : "IPv4";
  if (hopLimit !== vrrpHopLimit) return "hop limit is not 255";
  if (destination !== vrrpGroups[family]) return "destination is not VRRP's group";
  if (!isRouterAddress(source)) return "source is no address of a router on the link";
  if (payload.length < header.size) return "too short";
  const { versionAndType, vrid, priority, count, interval } = decode(
    header,
    payload.subarray(0, header.size),
  );
  if (versionAndType >> 4 !== version) return "not version 3";
  if ((versionAndType & 0xf) !== advertisementType) return "not an advertisement";
  const addressLength = family === "IPv4" ? 4 : 16;
  const end = header.size + count * addressLength;
  if (payload.length < end) return "too short";
  if (!hasRightChecksum(packet, family)) return "wrong checksum";
  if (count === 0) return "no addresses";
  const intervalMs = (interval & 0xfff) * 10;
  if (intervalMs === 0) return "no interval";
  const addresses = Array.from({ length: count }, (_, index) => {
    const at = header.size + index * addressLength;
    return formatAddressBytes(payload.subarray(at, at + addressLength));
  });
  return { vrid, priority, intervalMs, addresses };
}

function hasRightChecksum({ source, destination, payload }: ReceivedPacket, family: Family): boolean {
  if (internetChecksum(pseudoHeader(source, destination, vrrpProtocol, payload.length), payload) === 0)
    return true;
  return family === "IPv4" && internetChecksum(payload) === 0;
}

/** IPv6 routers send from their link-local address (section 5.1.2.1), IPv4 ones from one of the link's. */
function isRouterAddress(source: string): boolean {
  const bytes = requireAddressBytes(source);
  const [first = 0, second = 0] = bytes;
  if (bytes.length === 16) return first === 0xfe && (second & 0xc0) === 0x80;
  return first !== 0 && first !== 127 && first < 224;
}
