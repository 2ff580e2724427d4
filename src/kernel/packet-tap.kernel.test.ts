import assert from "node:assert/strict";
import { test } from "node:test";
import { openPacketTap } from "./packet-tap.ts";
import { openRawIpSocket } from "./raw-ip-socket.ts";
import { needsRoot, runIn, testNamespace } from "./testing/kernel-test.ts";

const loopbackIndex = 1;
const tcp = 6;
const udp = 17;

/** A packet from and to the loopback address, with 20 bytes of payload that begin with `mark`. */
function packetOf(family: "IPv4" | "IPv6", protocol: number, mark: number): Uint8Array {
  const payload = new Uint8Array(20).fill(mark, 0, 1);
  if (family === "IPv4") {
    const header = Uint8Array.of(0x45, 0, 0, 40, 0, 0, 0, 0, 64, protocol, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1);
    return Uint8Array.of(...header, ...payload);
  }
  const loopback = [...new Uint8Array(15), 1];
  return Uint8Array.of(0x60, 0, 0, 0, 0, 20, protocol, 64, ...loopback, ...loopback, ...payload);
}

for (const [family, address, headerBytes] of [
  ["IPv4", "127.0.0.1", 20],
  ["IPv6", "::1", 40],
] as const) {
  test(`${family}: TCP packets are seen from their IP header on, and no others`, needsRoot, async (t) => {
    const namespace = await testNamespace(t);
    runIn(namespace, "ip", "link", "set", "lo", "up");
    const marks: number[] = [];
    using tap = await openPacketTap(
      loopbackIndex,
      (packet) => marks.push(packet[headerBytes] ?? 0),
      namespace,
    );
    using socket = await openRawIpSocket(family, namespace);
    socket.send(packetOf(family, udp, 1), address);
    socket.send(packetOf(family, tcp, 2), address);
    socket.send(packetOf(family, tcp, 3), address);
    tap.drain();
    // On a loopback link each is seen as it goes and as it comes; what the system answers comes besides.
    assert.deepEqual(
      marks.filter((mark) => mark > 0),
      [2, 2, 3, 3],
    );
  });
}
