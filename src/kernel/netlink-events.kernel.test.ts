import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readMessageHeader } from "../netlink/codec/index.ts";
import { watchNetlink } from "./netlink-events.ts";
import { NETLINK_ROUTE } from "./netlink-protocol.ts";
import { needsRoot, runIn, testNamespace } from "./testing/kernel-test.ts";

const RTM_NEWLINK = 16;
const RTNLGRP_LINK = 1;

test("events of a namespace are told as they come, and none after the end", needsRoot, async (t) => {
  const [namespace, other] = [await testNamespace(t), await testNamespace(t)];
  const types: number[] = [];
  let told = () => {};
  const first = new Promise<void>((resolve) => {
    told = resolve;
  });
  const subscription = await watchNetlink(
    { protocol: NETLINK_ROUTE, groups: [RTNLGRP_LINK], namespace },
    {
      message(message) {
        types.push(readMessageHeader(message).type);
        told();
      },
      lost: () => assert.fail("nothing was lost"),
    },
  );
  runIn(other, "ip", "link", "set", "lo", "up");
  assert.deepEqual(types, []);
  runIn(namespace, "ip", "link", "set", "lo", "up");
  await first;
  assert.deepEqual(new Set(types), new Set([RTM_NEWLINK]));
  subscription[Symbol.dispose]();
  const count = types.length;
  runIn(namespace, "ip", "link", "set", "lo", "down");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(types.length, count);
});

test("who is too slow is told that events were lost, and hears later ones", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  let lost = 0;
  let messages = 0;
  let wake = () => {};
  using _ = await watchNetlink(
    { protocol: NETLINK_ROUTE, groups: [RTNLGRP_LINK], namespace },
    {
      message() {
        messages += 1;
        wake();
      },
      lost() {
        lost += 1;
        wake();
      },
    },
  );
  const flap = "for i in $(seq 1500); do echo link set lo up; echo link set lo down; done | ip -batch -";
  runIn(namespace, "sh", "-c", flap);
  while (lost === 0) await new Promise<void>((resolve) => (wake = resolve));
  const before = messages;
  runIn(namespace, "ip", "link", "set", "lo", "up");
  while (messages === before) await new Promise<void>((resolve) => (wake = resolve));
  assert.equal(lost, 1);
});

test("a subscription does not keep a process alive", needsRoot, () => {
  const module = fileURLToPath(new URL("./netlink-events.ts", import.meta.url));
  const script = `
    const { watchNetlink } = await import(${JSON.stringify(module)});
    const handlers = { message() {}, lost() {} };
    const closed = await watchNetlink({ protocol: 0, groups: [1] }, handlers);
    closed[Symbol.dispose]();
    await watchNetlink({ protocol: 0, groups: [1] }, handlers);
    console.log("last line");`;
  const result = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.deepEqual([result.status, result.signal, result.stdout], [0, null, "last line\n"]);
});
