import assert from "node:assert/strict";
import { test } from "node:test";
import {
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
  readMessageHeader,
  Writer,
} from "../netlink/codec/index.ts";
import { joinMessages } from "./join-messages.ts";
import { addToAnswers, emptyAnswer, type NetlinkAnswer, readDump } from "./netlink-answer.ts";
import { formatMessage } from "./netlink-debug.ts";
import { NetlinkError } from "./netlink-error.ts";
import { list, request } from "./netlink-request.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";

const EBUSY = 16;
const somethingElse = 20;

function frame(type: number, { flags = 0, sequence = 0, errno = 0 } = {}): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  const little = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
  for (const word of [20, 0, sequence, 0]) writer.u32(word, little);
  writer.u32(-errno >>> 0, little);
  const bytes = writer.finish();
  const view = new DataView(bytes.buffer);
  view.setUint16(4, type, little);
  view.setUint16(6, flags, little);
  return bytes;
}

/** A socket whose answers are given. */
function socketThat(part: Partial<Pick<NetlinkSocket, "exchange" | "dump">>): NetlinkSocket {
  const never = async () => assert.fail("not asked for");
  return { exchange: never, dump: never, async [Symbol.asyncDispose]() {}, ...part };
}

test("a list that changed while it was made is made again, with nothing twice", async () => {
  let dumps = 0;
  const socket = socketThat({
    async dump(_operation, _message, visit) {
      dumps += 1;
      visit(frame(somethingElse, { sequence: dumps }));
      if (dumps === 1) return false;
      if (dumps === 2) throw new NetlinkError("Cannot list", { errno: 105 });
      return true;
    },
  });
  const found = await list(socket, "Cannot list", frame(0), (message) => readMessageHeader(message).sequence);
  assert.deepEqual(found, [3]);
});

test("a list that changes for ever is given up, and one that is refused is not asked for again", async () => {
  let dumps = 0;
  const restless = socketThat({
    async dump() {
      dumps += 1;
      return false;
    },
  });
  await assert.rejects(list(restless, "Cannot list", frame(0), String), {
    code: "EINTR",
    message: /^Cannot list: .*it changed each time while it was listed/,
  });
  assert.equal(dumps, 20);
  const refusing = socketThat({
    async dump() {
      dumps += 1;
      throw new NetlinkError("Cannot list", { errno: EBUSY });
    },
  });
  await assert.rejects(list(refusing, "Cannot list", frame(0), String), { code: "EBUSY" });
  assert.equal(dumps, 21);
});

test("a request that gets no answer at all is an error", async () => {
  const answering = (answer: NetlinkAnswer) => socketThat({ exchange: async () => [answer] });
  const ask = (answer: NetlinkAnswer) => request(answering(answer), "Cannot ask", frame(0));
  assert.deepEqual(await ask({ messages: [], acknowledged: true }), []);
  assert.equal((await ask({ messages: [frame(0)], acknowledged: false })).length, 1);
  await assert.rejects(ask({ messages: [], acknowledged: false }), /Cannot ask: .*the kernel gave no answer/);
  await assert.rejects(
    ask({ messages: [], acknowledged: false, refusal: { errno: EBUSY, message: "later" } }),
    {
      message: "Cannot ask: resource busy or locked (EBUSY): later",
    },
  );
});

test("messages are numbered, padded, and refused where header and bytes do not agree", () => {
  const odd = frame(1);
  const view = new DataView(odd.buffer);
  view.setUint8(0, 18);
  const joined = joinMessages([odd.subarray(0, 18), frame(2)], 7);
  assert.equal(joined.length, 40);
  assert.deepEqual(
    [joined, joined.subarray(20)].map((message) => readMessageHeader(message).sequence),
    [7, 8],
  );
  assert.throws(
    () => joinMessages([frame(1), frame(1).subarray(0, 16)], 1),
    /message 1: its header says 20 bytes, it has 16/,
  );
  assert.throws(() => joinMessages([new Uint8Array(3)], 1), RangeError);
});

test("answers find their requests, and strangers' go nowhere", () => {
  const answers = [emptyAnswer(), emptyAnswer(), emptyAnswer()];
  addToAnswers(
    answers,
    10,
    Buffer.concat([
      frame(NLMSG_ERROR, { sequence: 12, errno: EBUSY }),
      frame(somethingElse, { sequence: 10 }),
      frame(NLMSG_ERROR, { sequence: 10 }),
      frame(NLMSG_ERROR, { sequence: 9, errno: EBUSY }),
      frame(NLMSG_ERROR, { sequence: 13 }),
    ]),
  );
  assert.deepEqual(
    answers.map(({ messages, acknowledged, refusal }) => [messages.length, acknowledged, refusal?.errno]),
    [
      [1, true, undefined],
      [0, false, undefined],
      [0, false, EBUSY],
    ],
  );
});

test("a dump's parts are handed out until its end, which may be a refusal", () => {
  const seen: number[] = [];
  const read = (...messages: Uint8Array[]) =>
    readDump(Buffer.concat(messages), 5, (message) => seen.push(readMessageHeader(message).type));
  const part = (flags = NLM_F_MULTI) => frame(somethingElse, { sequence: 5, flags });
  const end = (errno = 0) => frame(NLMSG_DONE, { sequence: 5, flags: NLM_F_MULTI, errno });
  assert.deepEqual(read(part(), frame(77, { sequence: 4 })), { ended: false, interrupted: false });
  assert.deepEqual(read(part(NLM_F_MULTI | NLM_F_DUMP_INTR), end()), { ended: true, interrupted: true });
  assert.deepEqual(read(end(EBUSY)), { ended: true, interrupted: false, refusal: { errno: EBUSY } });
  assert.deepEqual(seen, [somethingElse, somethingElse]);
});

test("a message prints its header and its words", () => {
  assert.equal(
    formatMessage("send", 12, frame(0x0a00, { flags: 5, sequence: 3, errno: -0x01020304 })),
    "netlink 12 send type 0xa00 flags 0x5 seq 3 length 20: 04030201",
  );
});
