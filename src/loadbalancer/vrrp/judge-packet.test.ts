import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAdvertisement, type ReceivedPacket, vrrpGroups } from "./advertisement.ts";
import { judgePacket } from "./judge-packet.ts";
import type { VirtualRouter } from "./virtual-router.ts";

const own = "192.168.0.5";
const router: VirtualRouter = {
  vrid: 7,
  family: "IPv4",
  addresses: ["192.168.0.10/24", "192.168.0.11"],
  priority: 100,
};
const find = (name: string) => (name === "IPv4/7" ? router : undefined);

function packet(
  source: string,
  change: { vrid?: number; addresses?: readonly string[] } = {},
): ReceivedPacket {
  const fields = {
    vrid: 7,
    priority: 90,
    intervalMs: 200,
    addresses: ["192.168.0.11", "192.168.0.10"],
    ...change,
  };
  return {
    source,
    destination: vrrpGroups.IPv4,
    hopLimit: 255,
    payload: encodeAdvertisement(fields, source),
  };
}

test("an advertisement for a router of ours is told to it, with whose address is higher", () => {
  for (const [source, fromHigherAddress] of [
    ["192.168.0.4", false],
    ["192.168.0.40", true],
  ] as const) {
    assert.deepEqual(judgePacket(packet(source), own, find), {
      about: { source, router: "IPv4/7" },
      told: { kind: "advertisement", priority: 90, intervalMs: 200, fromHigherAddress },
    });
  }
});

test("other addresses than ours are a fault, but count", () => {
  const { fault, about, told } = judgePacket(
    packet("192.168.0.4", { addresses: ["192.168.0.12"] }),
    own,
    find,
  );
  assert.equal(fault, "addresses differ from ours");
  assert.deepEqual(about.theirs, ["192.168.0.12"]);
  assert.equal(told?.kind, "advertisement");
});

test("what is not for us is told to nobody", () => {
  const owner = () => ({ ...router, priority: 255 });
  for (const [fault, judgement] of [
    ["from our own address", judgePacket(packet(own), own, find)],
    ["from our own address", judgePacket(packet("192.168.0.4"), undefined, find)],
    ["router is not ours", judgePacket(packet("192.168.0.4", { vrid: 8 }), own, find)],
    ["to the owner of the addresses", judgePacket(packet("192.168.0.4"), own, owner)],
    ["hop limit is not 255", judgePacket({ ...packet("192.168.0.4"), hopLimit: 1 }, own, find)],
  ] as const) {
    assert.deepEqual([judgement.fault, judgement.told], [fault, undefined]);
  }
});
