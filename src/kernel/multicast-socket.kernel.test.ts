import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type MulticastSocket, openMulticastSocket } from "./multicast-socket.ts";
import type { RawPacket } from "./receive-raw-packet.ts";
import { needsRoot, runIn, withoutLeaks } from "./testing/kernel-test.ts";
import { type LinkedMachine, linkedNamespaces } from "./testing/linked-namespaces.ts";

/** For experiments (RFC 3692). */
const protocol = 253;
const groups = { IPv4: "224.0.0.18", IPv6: "ff02::12" } as const;
const families = ["IPv4", "IPv6"] as const;

interface Listener {
  readonly socket: MulticastSocket;
  /** Resolves with the next packet. */
  next(): Promise<RawPacket>;
  readonly waiting: readonly RawPacket[];
}

async function listen(
  t: Pick<TestContext, "after">,
  { namespace, linkIndex, ...source }: LinkedMachine,
  family: (typeof families)[number],
): Promise<Listener> {
  const packets: RawPacket[] = [];
  let wake = () => {};
  const socket = await openMulticastSocket(
    { family, protocol, group: groups[family], linkIndex, source: source[family], hopLimit: 255, namespace },
    (packet) => {
      packets.push(packet);
      wake();
    },
  );
  t.after(() => socket[Symbol.dispose]());
  return {
    socket,
    waiting: packets,
    async next() {
      while (packets.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return packets.shift() as RawPacket;
    },
  };
}

for (const family of families) {
  test(
    `${family} packets to a group come with source, destination and hop limit, and not to their sender`,
    needsRoot,
    async (t) => {
      const [left, right] = await linkedNamespaces(t);
      const [a, b] = [await listen(t, left, family), await listen(t, right, family)];
      const payload = Uint8Array.of(1, 2, 3, 0, 255);
      a.socket.send(payload);
      assert.deepEqual(await b.next(), {
        source: left[family],
        destination: groups[family],
        hopLimit: 255,
        payload,
      });
      b.socket.send(payload);
      assert.equal((await a.next()).source, right[family]);
      a.socket.drain();
      b.socket.drain();
      assert.deepEqual([...a.waiting, ...b.waiting], []);
    },
  );

  test(`${family} packets that wait are had at once by draining`, needsRoot, async (t) => {
    const [left, right] = await linkedNamespaces(t);
    const [a, b] = [await listen(t, left, family), await listen(t, right, family)];
    for (let number = 0; number < 3; number += 1) a.socket.send(Uint8Array.of(number));
    b.socket.drain();
    assert.deepEqual(
      b.waiting.map(({ payload }) => payload[0]),
      [0, 1, 2],
    );
  });

  test(`an ${family} socket outlives its link's going down and up`, needsRoot, async (t) => {
    const [left, right] = await linkedNamespaces(t);
    const [a, b] = [await listen(t, left, family), await listen(t, right, family)];
    runIn(left.namespace, "ip", "link", "set", "eth0", "down");
    assert.throws(() => a.socket.send(Uint8Array.of(1)), /^SystemCallError: Cannot send to /);
    runIn(left.namespace, "ip", "link", "set", "eth0", "up");
    if (family === "IPv6")
      runIn(left.namespace, "ip", "address", "replace", `${left.IPv6}/64`, "dev", "eth0", "nodad");
    a.socket.send(Uint8Array.of(7));
    assert.deepEqual([...(await b.next()).payload], [7]);
  });

  test(`an ${family} source that the link does not have is refused`, needsRoot, async (t) => {
    const [left] = await linkedNamespaces(t);
    const wrong = { ...left, [family]: { IPv4: "192.168.0.9", IPv6: "fe80::9" }[family] };
    await assert.rejects(listen(t, wrong, family), { code: "EADDRNOTAVAIL" });
  });
}

test("sockets leave no descriptor open, failed ones neither", needsRoot, async (t) => {
  const [left] = await linkedNamespaces(t);
  await withoutLeaks(async () => {
    const closing: (() => void)[] = [];
    const now = { after: (close: () => void) => closing.push(close) } as unknown as TestContext;
    for (const family of families) {
      await listen(now, left, family);
      await assert.rejects(
        listen(now, { ...left, [family]: { IPv4: "192.168.0.9", IPv6: "fe80::9" }[family] }, family),
      );
    }
    for (const close of closing) close();
  });
});
