import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readProxyHeader } from "./proxy-header.ts";
import { readOpening } from "./sniff-protocol.ts";

const signature = "0d0a0d0a000d0a515549540a";
const v2 = (rest: string) => Buffer.from(signature + rest, "hex");

for (const { name, bytes, expected } of [
  {
    name: "version 1, IPv4",
    bytes: Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\nGET"),
    expected: { kind: "complete", length: 40, client: { address: "192.0.2.1", port: 4711 } },
  },
  {
    name: "version 1, IPv6",
    bytes: Buffer.from("PROXY TCP6 2001:db8::1 ::1 4711 80\r\n"),
    expected: { kind: "complete", length: 36, client: { address: "2001:db8::1", port: 4711 } },
  },
  {
    name: "version 1, unknown",
    bytes: Buffer.from("PROXY UNKNOWN\r\n"),
    expected: { kind: "complete", length: 15 },
  },
  {
    name: "version 2, IPv4, with a TLV behind the addresses",
    bytes: v2("2111000f c0000201 c0000202 1267 0050 040000".replaceAll(" ", "")),
    expected: { kind: "complete", length: 31, client: { address: "192.0.2.1", port: 4711 } },
  },
  {
    name: "version 2, IPv6",
    bytes: v2(`21210024${"20010db8000000000000000000000001".repeat(2)}12670050`),
    expected: { kind: "complete", length: 52, client: { address: "2001:db8::1", port: 4711 } },
  },
  { name: "version 2, local", bytes: v2("20000000"), expected: { kind: "complete", length: 16 } },
  {
    name: "version 2 without room for its addresses",
    bytes: v2("21110004c0000201"),
    expected: { kind: "invalid" },
  },
  { name: "no header", bytes: Buffer.from("GET / HTTP/1.1\r\n"), expected: { kind: "invalid" } },
  {
    name: "a line of version 1 without end",
    bytes: Buffer.from(`PROXY TCP4 ${"1".repeat(120)}`),
    expected: { kind: "invalid" },
  },
]) {
  test(`PROXY header: ${name}`, () => assert.deepEqual(readProxyHeader(bytes), expected));

  test(`PROXY header: ${name}, is not decided before it is there`, () => {
    const { length = 0 } = readProxyHeader(bytes) as { length?: number };
    for (let end = 0; end < length; end++)
      assert.equal(readProxyHeader(bytes.subarray(0, end)).kind, "incomplete");
  });
}

test("no bytes make reading an opening fail", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.boolean(),
      fc.boolean(),
      (tail, proxyProtocol, isAll) => {
        for (const head of [Buffer.alloc(0), Buffer.from("PROXY TCP4 "), v2("21"), Buffer.from("GET ")]) {
          const opening = readOpening(Buffer.concat([head, tail]), proxyProtocol, isAll);
          assert.ok(!isAll || opening.kind !== "unclear");
        }
      },
    ),
  );
});
