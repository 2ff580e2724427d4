import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatAddressBytes } from "../../lib/address-bytes.ts";
import {
  encodeAdvertisement,
  type PacketFault,
  type ReceivedPacket,
  readAdvertisement,
  vrrpGroups,
} from "./advertisement.ts";
import type { Family } from "./virtual-router.ts";

const sources: Readonly<Record<Family, string>> = { IPv4: "192.168.0.1", IPv6: "fe80::1" };
const virtual: Readonly<Record<Family, string>> = { IPv4: "192.168.0.100", IPv6: "fd00::100" };
const families = ["IPv4", "IPv6"] as const;

function packet(family: Family, change: Partial<ReceivedPacket> = {}): ReceivedPacket {
  const advertisement = { vrid: 51, priority: 100, intervalMs: 200, addresses: [virtual[family]] };
  const payload = encodeAdvertisement(advertisement, sources[family]);
  return { source: sources[family], destination: vrrpGroups[family], hopLimit: 255, payload, ...change };
}

/** A packet with one byte replaced and its checksum made right again. */
function withByte(family: Family, at: number, value: number): ReceivedPacket {
  const original = packet(family);
  const payload = Uint8Array.from(original.payload);
  const word = (bytes: Uint8Array) => ((bytes[at & ~1] ?? 0) << 8) | (bytes[at | 1] ?? 0);
  const before = word(payload);
  payload[at] = value;
  const view = new DataView(payload.buffer);
  // RFC 1624: the checksum follows from how one word changed.
  const sum = (~view.getUint16(6) & 0xffff) + (~before & 0xffff) + word(payload);
  const folded = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(6, ~((folded & 0xffff) + (folded >>> 16)) & 0xffff);
  return { ...original, payload };
}

test("an advertisement is what RFC 9568 draws", () => {
  const fields = { vrid: 7, priority: 150, intervalMs: 200, addresses: ["10.0.0.1"] };
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  // 3107 + 9601 + 0014 + 0a00 + 0001 = d11d, and its complement.
  assert.equal(hex(encodeAdvertisement(fields, "10.0.0.9", "message")), "3107960100142ee20a000001");
  // With 0a00 + 0009 + e000 + 0012 + 0070 + 000c before it: bbb5.
  assert.equal(hex(encodeAdvertisement(fields, "10.0.0.9")), "310796010014444a0a000001");
});

test("what is encoded is read again, with any form of checksum", () => {
  const address = {
    IPv4: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    IPv6: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  };
  for (const family of families) {
    const advertisement = fc.record(
      {
        vrid: fc.integer({ min: 1, max: 255 }),
        priority: fc.integer({ min: 0, max: 255 }),
        intervalMs: fc.integer({ min: 1, max: 4095 }).map((centiseconds) => centiseconds * 10),
        addresses: fc.array(address[family].map(formatAddressBytes), { minLength: 1, maxLength: 64 }),
      },
      { noNullPrototype: true },
    );
    const form = fc.constantFrom("message" as const, "pseudo-header" as const);
    fc.assert(
      fc.property(advertisement, form, (value, ipv4Checksum) => {
        const payload = encodeAdvertisement(value, sources[family], ipv4Checksum);
        assert.deepEqual(readAdvertisement(packet(family, { payload })), value);
      }),
    );
  }
});

const faults: readonly {
  readonly name: string;
  readonly make: (family: Family) => ReceivedPacket;
  readonly fault: PacketFault;
}[] = [
  {
    name: "from a router away",
    make: (family) => packet(family, { hopLimit: 254 }),
    fault: "hop limit is not 255",
  },
  {
    name: "to one machine",
    make: (family) => packet(family, { destination: virtual[family] }),
    fault: "destination is not VRRP's group",
  },
  {
    name: "from an address that is not on the link",
    make: (family) => packet(family, { source: { IPv4: "224.0.0.1", IPv6: "fd00::1" }[family] }),
    fault: "source is no address of a router on the link",
  },
  { name: "empty", make: (family) => packet(family, { payload: new Uint8Array(0) }), fault: "too short" },
  {
    name: "with a part of an address",
    make: (family) => packet(family, { payload: packet(family).payload.slice(0, -1) }),
    fault: "too short",
  },
  { name: "of version 2", make: (family) => withByte(family, 0, 0x21), fault: "not version 3" },
  { name: "of type 2", make: (family) => withByte(family, 0, 0x32), fault: "not an advertisement" },
  {
    name: "with a bit that toggled",
    make: (family) =>
      packet(family, { payload: packet(family).payload.map((byte, at) => (at === 2 ? byte ^ 4 : byte)) }),
    fault: "wrong checksum",
  },
  { name: "that counts no address", make: (family) => withByte(family, 3, 0), fault: "no addresses" },
  { name: "without an interval", make: (family) => withByte(family, 5, 0), fault: "no interval" },
];

for (const { name, make, fault } of faults) {
  test(`a packet ${name} is refused`, () => {
    for (const family of families) assert.equal(readAdvertisement(make(family)), fault, family);
  });
}

test("reserved bits and bytes behind the addresses mean nothing", () => {
  for (const family of families) {
    const expected = readAdvertisement(packet(family));
    assert.deepEqual(readAdvertisement(withByte(family, 4, 0xf0)), expected, family);
  }
});

test("no bytes make the reader fail", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...families), (payload, family) => {
      assert.equal(typeof readAdvertisement(packet(family, { payload })), "string");
    }),
  );
});
