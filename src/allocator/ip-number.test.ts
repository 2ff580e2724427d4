import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { formatIpNumber, parseIpNumber } from "./ip-number.ts";

test("every IPv4 address is a number, and the number is the address again", () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      const parsed = parseIpNumber(text);
      const bytes = ipaddr.IPv4.parse(text).toByteArray();
      assert.deepEqual(parsed, {
        family: "IPv4",
        number: bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
      });
      assert.equal(parsed && formatIpNumber(parsed), text);
    }),
  );
});

test("other spellings are read as Go reads them, and what is no address is none", () => {
  const cases: readonly (readonly [text: string, canonical: string | undefined])[] = [
    ["010.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["FD00::0001", "fd00::1"],
    ["255.255.255.255", "255.255.255.255"],
    ["0.0.0.0", "0.0.0.0"],
    ...["256.0.0.1", "1.2.3", "1.2.3.4.5", "1..2.3", ".1.2.3", "1.2.3.", "", "a.b.c.d", "1.2.3.4%e"].map(
      (text) => [text, undefined] as const,
    ),
  ];
  for (const [text, canonical] of cases) {
    const parsed = parseIpNumber(text);
    assert.equal(parsed && formatIpNumber(parsed), canonical, text);
  }
});
