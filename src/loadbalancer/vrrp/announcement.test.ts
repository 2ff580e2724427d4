import assert from "node:assert/strict";
import { test } from "node:test";
import { announcementFrames } from "./announcement.ts";

const hex = (frame: Uint8Array) => Buffer.from(frame).toString("hex");

test("an IPv4 address is announced by an ARP request and a reply for itself", () => {
  const frames = announcementFrames("192.168.0.10", "02:00:00:00:00:01").map(hex);
  const header = "ffffffffffff 020000000001 0806 0001 0800 06 04".replaceAll(" ", "");
  assert.deepEqual(frames, [
    `${header}0001 020000000001 c0a8000a 000000000000 c0a8000a`.replaceAll(" ", ""),
    `${header}0002 020000000001 c0a8000a 020000000001 c0a8000a`.replaceAll(" ", ""),
  ]);
});

test("an IPv6 address is announced by an unsolicited neighbour advertisement that overrides", () => {
  const [frame, ...more] = announcementFrames("fd00::10", "02:00:00:00:00:01").map(hex);
  const ip = "333300000001 020000000001 86dd 60000000 0020 3a ff fd000000000000000000000000000010";
  const to = "ff020000000000000000000000000001";
  const body = "88 00 5a7d 20000000 fd000000000000000000000000000010 02 01 020000000001";
  assert.deepEqual([frame, more], [`${ip}${to}${body}`.replaceAll(" ", ""), []]);
});
