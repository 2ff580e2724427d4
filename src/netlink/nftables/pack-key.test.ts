import assert from "node:assert/strict";
import { test } from "node:test";
import { hostIsLittleEndian } from "../codec/index.ts";
import type { Field } from "./field.ts";
import { type FieldValue, packKey, unpackKey } from "./pack-key.ts";

const five = hostIsLittleEndian ? "05000000" : "00000005";

const rows: readonly [readonly Field[], readonly FieldValue[], string][] = [
  [["ip daddr", "meta l4proto", "th dport"], ["10.0.0.1", "tcp", 80], "0a0000010600000000500000"],
  [["ip6 daddr", "th dport"], ["fd00::1", 80], "fd00000000000000000000000000000100500000"],
  [["meta l4proto"], ["udp"], "11"],
  [["meta nfproto"], ["ipv6"], "0a"],
  [["th dport"], [30_080], "7580"],
  [["meta priority", "numgen random mod 3"], [5, 5], `${five}${five}`],
  [["ct mark"], [5], five],
  [["meta iifname"], ["eth0"], "65746830000000000000000000000000"],
  [["ip saddr"], [Uint8Array.of(1, 2, 3, 4)], "01020304"],
];

test("fields are packed each from a word of four bytes on, a single one without padding", () => {
  for (const [fields, values, hex] of rows)
    assert.equal(Buffer.from(packKey(fields, values)).toString("hex"), hex, fields.join(" . "));
});

test("what was packed is unpacked", () => {
  assert.deepEqual(
    unpackKey(
      ["ip daddr", "meta l4proto", "th dport", "meta mark"],
      packKey(["ip daddr", "meta l4proto", "th dport", "meta mark"], ["10.0.0.1", "sctp", 80, 0x4000]),
    ),
    ["10.0.0.1", 132, 80, 0x4000],
  );
  assert.deepEqual(unpackKey(["meta iifname"], packKey(["meta iifname"], ["eth0"])), ["eth0"]);
});

test("numbers of the host are in network order where they are compared as ranges", () => {
  const key = packKey(["meta mark"], [5], { forRange: true });
  assert.equal(Buffer.from(key).toString("hex"), "00000005");
  assert.deepEqual(unpackKey(["meta mark"], key, { forRange: true }), [5]);
});

test("what does not fit is refused with the field's name", () => {
  const wrong: readonly [readonly Field[], readonly FieldValue[], RegExp][] = [
    [["ip daddr"], ["fd00::1"], /^Cannot pack "ip daddr": "fd00::1" is no such address$/],
    [["th dport"], [65_536], /^Cannot pack "th dport": 65536 is no integer from 0 to 65535$/],
    [["meta l4proto"], ["ip"], /"ip" is no name of one; use a number$/],
    [["meta iifname"], ["a".repeat(16)], /has more than 15 bytes$/],
    [["ip daddr"], [new Uint8Array(3)], /3 bytes, 4 expected$/],
    [["ip daddr"], [], /^Cannot pack 0 values: "ip daddr" has 1 fields$/],
  ];
  for (const [fields, values, message] of wrong)
    assert.throws(() => packKey(fields, values), { name: "RangeError", message });
  assert.throws(() => unpackKey(["ip daddr"], new Uint8Array(3)), RangeError);
});
