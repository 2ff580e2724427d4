import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as c from "./index.ts";

const link = c.messageFormat(
  "NEWLINK",
  16,
  c.headed(
    c.fixed({ family: c.u8, pad: c.padding(1), port: c.u16be, index: c.s32host }),
    c.attributes({
      name: c.attr(1, c.asciiz),
      size: c.attr(2, c.optional(c.u64be)),
      up: c.attr(3, c.optional(c.flag)),
      parts: c.attr(
        4,
        c.optional(
          c.indexedListOf(c.nested({ low: c.attr(1, c.u8), high: c.attr(2, c.optional(c.u32host)) })),
        ),
      ),
      kind: c.attr(
        5,
        c.optional(
          c.tagged({ nameType: 1, dataType: 2 }, { veth: c.attributes({ mtu: c.attr(1, c.u32be) }) }),
        ),
      ),
      raw: c.attr(6, c.optional(c.bytes)),
    }),
  ),
);
type Link = Parameters<typeof link.encode>[0];

const example: Link = {
  family: 2,
  port: 0x1234,
  index: -1,
  name: "e0",
  up: true,
  parts: [{ low: 7 }],
  kind: { kind: "veth", mtu: 1500 },
};

test("a message is written with its lengths, padding and nesting marks", () => {
  const words = Buffer.from(link.encode(example, { flags: 5, sequence: 9 }))
    .toString("hex")
    .match(/.{8}/g);
  assert.deepEqual(words, [
    ...["50000000", "10000500", "09000000", "00000000"],
    ...["02001234", "ffffffff"],
    ...["07000100", "65300000"],
    ...["04000300"],
    ...["10000480", "0c000180", "05000100", "07000000"],
    ...["1c000580", "09000100", "76657468", "00000000", "0c000280", "08000100", "000005dc"],
  ]);
});

const name = fc.string({ maxLength: 20 }).filter((text) => !text.includes("\0"));
const part = fc.record(
  { low: fc.nat(255), high: fc.nat(0xffffffff) },
  { requiredKeys: ["low"], noNullPrototype: true },
);
const links: fc.Arbitrary<Link> = fc.record(
  {
    family: fc.nat(255),
    port: fc.nat(65535),
    index: fc.integer(),
    name,
    size: fc.bigInt(0n, 0xffffffffffffffffn),
    up: fc.constant(true as const),
    parts: fc.array(part),
    kind: fc.oneof(
      fc.record({ kind: fc.constant("veth" as const), mtu: fc.nat() }, { noNullPrototype: true }),
      fc.record(
        { kind: fc.constant("unknown" as const), name: fc.constant("bridge"), data: fc.uint8Array() },
        { noNullPrototype: true },
      ),
    ),
    raw: fc.uint8Array({ maxLength: 300 }),
    unknown: fc.constant([{ type: 77, bytes: Uint8Array.of(1, 2, 3) }]),
  },
  { requiredKeys: ["family", "port", "index", "name"], noNullPrototype: true },
);

test("whatever is written is read as it was, unknown attributes too", () => {
  fc.assert(
    fc.property(links, (value) => {
      assert.deepEqual(link.decode(link.encode(value, { flags: 0 })), value);
    }),
  );
});

test("bytes that make no sense give a WireError and nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (body) => {
      const bytes = new Uint8Array(16 + body.length);
      bytes.set(body, 16);
      new DataView(bytes.buffer).setUint32(0, bytes.length, c.hostIsLittleEndian);
      try {
        link.decode(bytes);
      } catch (error) {
        assert.ok(error instanceof c.WireError, String(error));
        assert.match(error.message, /^Cannot decode NEWLINK/);
      }
    }),
  );
});

test("errors name the way to the value", () => {
  const wrong: readonly [string, Partial<Link>, RegExp][] = [
    [
      "too large",
      { parts: [{ low: 1 }, { low: 256 }] },
      /^Cannot encode NEWLINK\.parts\[1\]\.low: 256 is no integer/,
    ],
    ["in a kind", { kind: { kind: "veth", mtu: -1 } }, /NEWLINK\.kind\.veth\.mtu: -1 is no integer/],
    ["in the header", { family: 300 }, /NEWLINK\.family: 300/],
    ["zero byte", { name: "a\0b" }, /NEWLINK\.name: "a\\u0000b" holds a zero byte/],
    ["too long", { raw: new Uint8Array(65532) }, /NEWLINK\.raw: attribute of 65536 bytes, 65535 is the most/],
    ["u64", { size: -1n }, /NEWLINK\.size: -1 is no unsigned integer of 64 bits/],
  ];
  for (const [row, change, expected] of wrong)
    assert.throws(() => link.encode({ ...example, ...change }, { flags: 0 }), { message: expected }, row);
  const encoded = link.encode(example, { flags: 0 });
  encoded[16 + 16 + 4 + 4 + 4] = 4;
  assert.throws(
    () => link.decode(encoded),
    /^WireError: Cannot decode NEWLINK\.parts\[0\]\.low: 0 bytes, 1 expected$/,
  );
});

test("a byte of a message leads to the attribute that begins there", () => {
  const message = link.encode({ ...example, unknown: [{ type: 9, bytes: Uint8Array.of(1) }] }, { flags: 0 });
  const found = Array.from({ length: message.length / 4 }, (_, word) => link.locate(message, word * 4));
  assert.deepEqual(
    found.filter((path) => path !== undefined),
    [
      "NEWLINK.name",
      "NEWLINK.up",
      "NEWLINK.parts",
      "NEWLINK.parts[0]",
      "NEWLINK.parts[0].low",
      "NEWLINK.kind",
      "NEWLINK.kind",
      "NEWLINK.kind.veth",
      "NEWLINK.kind.veth.mtu",
      "NEWLINK.#9",
    ],
  );
});

test("a message prints its fields, nested ones in braces", () => {
  const value: Link = {
    ...example,
    raw: Uint8Array.of(10, 0),
    unknown: [{ type: 9, bytes: Uint8Array.of(1) }],
  };
  assert.equal(
    link.format(value),
    'NEWLINK family=2 port=4660 index=-1 name="e0" up=true parts=[{low=7}] kind=veth{mtu=1500} raw=0x0a00 #9=0x01',
  );
});

test("an acknowledgement tells the errno and the kernel's words", () => {
  const words = Buffer.from("Chain of type nat\0");
  const ack = new c.Writer();
  const start = ack.startAttribute(1);
  ack.bytes(words);
  ack.endAttribute(start);
  const offset = ack.startAttribute(2);
  ack.u32(36, c.hostIsLittleEndian);
  ack.endAttribute(offset);
  const body = c.headed(c.fixed({ error: c.s32host, request: c.fixedBytes(16) }), c.attributes({}));
  const format = c.messageFormat("ERROR", c.NLMSG_ERROR, body);
  const head = format.encode({ error: -2, request: new Uint8Array(16) }, { flags: 0x300, sequence: 4 });
  const message = Buffer.concat([head, ack.finish()]);
  message.writeUInt32LE(message.length, 0);
  assert.deepEqual(c.readAcknowledgement(message), {
    sequence: 4,
    errno: 2,
    message: "Chain of type nat",
    offset: 36,
  });
  assert.equal(c.readAcknowledgement(link.encode(example, { flags: 0 })), undefined);
});

test("several messages of one datagram are read one by one", () => {
  const writer = new c.Writer(16);
  for (const index of [1, 2, 3]) link.write(writer, { ...example, index }, { flags: 0, sequence: index });
  const messages = [...c.eachMessage(writer.finish())];
  assert.deepEqual(
    messages.map((message) => link.decode(message).index),
    [1, 2, 3],
  );
  assert.deepEqual(
    messages.map((message) => c.readMessageHeader(message).sequence),
    [1, 2, 3],
  );
  assert.throws(() => [...c.eachMessage(writer.finish().subarray(0, 100))], c.WireError);
});
