/** Frames that tell all neighbours on a link who has an address now, unasked. */
import { encode, fixed, fixedBytes, u8, u16be, u32be } from "../../netlink/codec/index.ts";
import { internetChecksum, pseudoHeader } from "./internet-checksum.ts";
import { requireAddressBytes } from "./require-address-bytes.ts";

const mac = fixedBytes(6);
const ethernet = fixed({ destination: mac, source: mac, etherType: u16be });
const ETH_P_ARP = 0x0806;
const ETH_P_IPV6 = 0x86dd;

/** RFC 826, for Ethernet and IPv4. */
const arp = fixed({
  hardwareType: u16be,
  protocolType: u16be,
  hardwareLength: u8,
  protocolLength: u8,
  operation: u16be,
  senderHardware: mac,
  senderProtocol: fixedBytes(4),
  targetHardware: mac,
  targetProtocol: fixedBytes(4),
});
const broadcast = new Uint8Array(6).fill(0xff);
const unknownMac = new Uint8Array(6);

/** RFC 8200, section 3. */
const ipv6 = fixed({
  versionAndFlow: u32be,
  payloadLength: u16be,
  nextHeader: u8,
  hopLimit: u8,
  source: fixedBytes(16),
  destination: fixedBytes(16),
});
/** RFC 4861, section 4.4, with the option of section 4.6.1. */
const neighbourAdvertisement = fixed({
  type: u8,
  code: u8,
  checksum: u16be,
  flags: u32be,
  target: fixedBytes(16),
  optionType: u8,
  optionLength: u8,
  linkLayerAddress: mac,
});
const ICMPV6 = 58;
const overrideFlag = 0x2000_0000;
const allNodes = "ff02::1";
/** Multicast addresses of IPv6 on Ethernet (RFC 2464, section 7). */
const allNodesMac = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

/**
 * Returns the frames for an address that the machine with the link-layer address `02:00:00:00:00:01` has taken: for IPv4 a gratuitous ARP
 * request and reply, since neighbours differ in what they heed; for IPv6 an unsolicited neighbour advertisement.
 */
export function announcementFrames(address: string, linkLayerAddress: string): readonly Uint8Array[] {
  const source = Uint8Array.from(Buffer.from(linkLayerAddress.replaceAll(":", ""), "hex"));
  const bytes = requireAddressBytes(address);
  if (bytes.length === 16) return [neighbourFrame(address, source)];
  return [arpFrame(1, bytes, source, unknownMac), arpFrame(2, bytes, source, source)];
}

function arpFrame(
  operation: number,
  address: Uint8Array,
  source: Uint8Array,
  target: Uint8Array,
): Uint8Array {
  return Uint8Array.of(
    ...encode(ethernet, { destination: broadcast, source, etherType: ETH_P_ARP }),
    ...encode(arp, {
      hardwareType: 1,
      protocolType: 0x0800,
      hardwareLength: 6,
      protocolLength: 4,
      operation,
      senderHardware: source,
      senderProtocol: address,
      targetHardware: target,
      targetProtocol: address,
    }),
  );
}

function neighbourFrame(address: string, source: Uint8Array): Uint8Array {
  const body = {
    type: 136,
    code: 0,
    checksum: 0,
    flags: overrideFlag,
    target: requireAddressBytes(address),
    optionType: 2,
    optionLength: 1,
    linkLayerAddress: source,
  };
  const { size } = neighbourAdvertisement;
  const sum = pseudoHeader(address, allNodes, ICMPV6, size);
  const checksum = internetChecksum(sum, encode(neighbourAdvertisement, body));
  return Uint8Array.of(
    ...encode(ethernet, { destination: allNodesMac, source, etherType: ETH_P_IPV6 }),
    ...encode(ipv6, {
      versionAndFlow: 6 << 28,
      payloadLength: size,
      nextHeader: ICMPV6,
      hopLimit: 255,
      source: requireAddressBytes(address),
      destination: requireAddressBytes(allNodes),
    }),
    ...encode(neighbourAdvertisement, { ...body, checksum }),
  );
}
