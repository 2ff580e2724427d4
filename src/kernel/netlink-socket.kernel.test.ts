import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import {
  hostIsLittleEndian as littleEndian,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  readMessageHeader,
} from "../netlink/codec/index.ts";
import { watchNetlink } from "./netlink-events.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "./netlink-protocol.ts";
import { list, request } from "./netlink-request.ts";
import { openNetlinkSocket } from "./netlink-socket.ts";
import { ipJson, needsRoot, runIn, testNamespace, withoutLeaks } from "./testing/kernel-test.ts";

// include/uapi/linux/rtnetlink.h, include/uapi/linux/netfilter/nfnetlink.h
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTNLGRP_LINK = 1;
const NFNL_MSG_BATCH_BEGIN = 16;
const NFT_MSG_NEWTABLE = 0x0a00;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset);

function frame(type: number, flags: number, body: Uint8Array = new Uint8Array(16)): Uint8Array {
  const message = new Uint8Array(16 + body.length);
  const view = viewOf(message);
  view.setUint32(0, message.length, littleEndian);
  view.setUint16(4, type, littleEndian);
  view.setUint16(6, flags | NLM_F_REQUEST, littleEndian);
  message.set(body, 16);
  return message;
}

/** `struct ifinfomsg` of a link. */
function linkBody(index: number): Uint8Array {
  const body = new Uint8Array(16);
  viewOf(body).setInt32(4, index, littleEndian);
  return body;
}

const linkIndex = (message: Uint8Array) => viewOf(message).getInt32(20, littleEndian);

test("a socket that was opened inside a namespace lists that namespace's links", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  runIn(namespace, "ip", "link", "add", "d0", "type", "bridge");
  await using socket = await openNetlinkSocket(NETLINK_ROUTE, namespace);
  const found = await list(socket, "Cannot list links", frame(RTM_GETLINK, NLM_F_DUMP), linkIndex);
  const said = ipJson(namespace, "link").map(({ ifindex }: { ifindex: number }) => ifindex);
  assert.deepEqual(found, said);
});

test("each message of a batch gets its own answer", needsRoot, async (t) => {
  await using socket = await openNetlinkSocket(NETLINK_ROUTE, await testNamespace(t));
  const answers = await socket.exchange("Cannot try", [
    frame(RTM_GETLINK, 0, linkBody(1)),
    frame(RTM_DELLINK, NLM_F_ACK, linkBody(4711)),
    frame(RTM_NEWLINK, NLM_F_ACK, linkBody(1)),
    frame(RTM_GETLINK, NLM_F_DUMP, new Uint8Array(4)),
  ]);
  const summary = answers.map(({ messages, acknowledged, refusal }) => ({
    types: messages.map((message) => readMessageHeader(message).type),
    acknowledged,
    refusal,
  }));
  assert.deepEqual(summary, [
    { types: [RTM_NEWLINK], acknowledged: false, refusal: undefined },
    { types: [], acknowledged: false, refusal: { errno: 19 } },
    { types: [], acknowledged: true, refusal: undefined },
    { types: [], acknowledged: false, refusal: { errno: 22, message: "Invalid header for link dump" } },
  ]);
});

test("an error names the operation, the errno and the kernel's words", needsRoot, async (t) => {
  await using socket = await openNetlinkSocket(NETLINK_ROUTE, await testNamespace(t));
  const bad = frame(RTM_GETLINK, NLM_F_DUMP, new Uint8Array(4));
  await assert.rejects(
    list(socket, "Cannot list links", bad, linkIndex),
    /^NetlinkError: Cannot list links: invalid argument \(EINVAL\): Invalid header for link dump$/,
  );
  await assert.rejects(
    request(socket, "Cannot delete link 4711", frame(RTM_DELLINK, NLM_F_ACK, linkBody(4711))),
    { code: "ENODEV", name: "NetlinkError", message: /^Cannot delete link 4711: no such device/ },
  );
  await assert.rejects(socket.exchange("Cannot try", [new Uint8Array(8)]), RangeError);
  const after = await list(socket, "Cannot list links", frame(RTM_GETLINK, NLM_F_DUMP), linkIndex);
  assert.ok(after.length > 0);
});

test("a dump that nobody reads to its end does not stand in the way of the next", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  const links = Array.from({ length: 40 }, (_, index) => `link add d${index} type bridge\n`).join("");
  namespace.run(() => execFileSync("ip", ["-batch", "-"], { input: links }));
  await using socket = await openNetlinkSocket(NETLINK_ROUTE, namespace);
  const all = () => list(socket, "Cannot list links", frame(RTM_GETLINK, NLM_F_DUMP), linkIndex);
  const stop = () => {
    throw new Error("enough");
  };
  await assert.rejects(socket.dump("Cannot list links", frame(RTM_GETLINK, NLM_F_DUMP), stop), /enough/);
  const both = await Promise.all([all(), all()]);
  for (const found of both) assert.equal(found.length, ipJson(namespace, "link").length);
});

test("a batch of nine megabytes goes out in one piece", needsRoot, async (t) => {
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, await testNamespace(t));
  const nfgenmsg = Uint8Array.of(0, 0, 0, 10);
  const filler = new Uint8Array(60_004);
  filler.set([2, 0, 0, 0]);
  // Attribute 1, NFTA_TABLE_NAME, cannot be so long.
  viewOf(filler).setUint16(4, 60_000, littleEndian);
  viewOf(filler).setUint16(6, 1, littleEndian);
  const answers = await socket.exchange("Cannot try", [
    frame(NFNL_MSG_BATCH_BEGIN, 0, nfgenmsg),
    ...Array.from({ length: 150 }, () => frame(NFT_MSG_NEWTABLE, NLM_F_ACK, filler)),
  ]);
  assert.equal(answers.length, 151);
  assert.deepEqual(new Set(answers.slice(1).map(({ refusal }) => refusal?.errno)), new Set([34]));
});

test("answers that are lost are told, and the next request gets its own", needsRoot, async (t) => {
  await using socket = await openNetlinkSocket(NETLINK_ROUTE, await testNamespace(t));
  const one = frame(RTM_GETLINK, 0, linkBody(1));
  const many = Array.from({ length: 20_000 }, () => one);
  await assert.rejects(socket.exchange("Cannot ask for too much", many), {
    code: "ENOBUFS",
    message: /^Cannot ask for too much: .*the kernel's answers were lost/,
  });
  const [answer] = await request(socket, "Cannot find link 1", one);
  assert.ok(answer && linkIndex(answer) === 1);
});

test("sockets and subscriptions that are closed leave no descriptors behind", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await withoutLeaks(async () => {
    await using socket = await openNetlinkSocket(NETLINK_ROUTE, namespace);
    await list(socket, "Cannot list links", frame(RTM_GETLINK, NLM_F_DUMP), linkIndex);
    using _ = await watchNetlink(
      { protocol: NETLINK_ROUTE, groups: [RTNLGRP_LINK], namespace },
      { message() {}, lost() {} },
    );
    await assert.rejects(
      watchNetlink({ protocol: NETLINK_ROUTE, groups: [9999], namespace }, { message() {}, lost() {} }),
      { code: "EINVAL" },
    );
  });
});

test("no messages get no answers", needsRoot, async (t) => {
  await using socket = await openNetlinkSocket(NETLINK_ROUTE, await testNamespace(t));
  assert.deepEqual(await socket.exchange("Cannot try", []), []);
});

test("a closed socket says so", needsRoot, async (t) => {
  const socket = await openNetlinkSocket(NETLINK_ROUTE, await testNamespace(t));
  await socket[Symbol.asyncDispose]();
  await socket[Symbol.asyncDispose]();
  await assert.rejects(socket.exchange("Cannot try", []), /Cannot try: the netlink socket is closed/);
});
