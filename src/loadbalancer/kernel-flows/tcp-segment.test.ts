import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { internetChecksum, pseudoHeader } from "../vrrp/internet-checksum.ts";
import { buildSegment, FIN, RST, readSegment } from "./tcp-segment.ts";

const ends4 = { source: "192.0.2.1", sourcePort: 80, destination: "198.51.100.9", destinationPort: 54321 };
const ends6 = { source: "fd00::1", sourcePort: 443, destination: "2001:db8::9", destinationPort: 1 };

for (const ends of [ends4, ends6]) {
  const headerBytes = ends === ends4 ? 20 : 40;

  test(`a segment from ${ends.source} is read as it was built, with a right checksum`, () => {
    const packet = buildSegment(ends, RST, 0xfedcba98);
    assert.deepEqual(readSegment(packet), {
      ...ends,
      sequence: 0xfedcba98,
      acknowledgement: 0,
      flags: RST,
      length: 0,
    });
    const segment = packet.subarray(headerBytes);
    assert.equal(
      internetChecksum(pseudoHeader(ends.source, ends.destination, 6, segment.length), segment),
      0,
    );
  });

  test(`the payload of a segment from ${ends.source} counts though it was cut off`, () => {
    const packet = buildSegment(ends, FIN, 1);
    const view = new DataView(packet.buffer);
    if (headerBytes === 20) view.setUint16(2, 1500);
    else view.setUint16(4, 1460);
    assert.equal(readSegment(packet)?.length, 1500 - (headerBytes === 20 ? 40 : 60));
  });
}

test("no bytes make the reader fail", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 128 }),
      fc.constantFrom(0x45, 0x4f, 0x60, 0x00),
      (bytes, first) => {
        bytes[0] = first;
        bytes[first === 0x60 ? 6 : 9] = 6;
        readSegment(bytes);
      },
    ),
  );
});
