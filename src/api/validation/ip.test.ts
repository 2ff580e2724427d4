import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { parseCidr, parseIp } from "./ip.ts";

test("addresses are read in any spelling and written in one", () => {
  const canonical: readonly (readonly [string, string | undefined])[] = [
    ["10.0.0.1", "10.0.0.1"],
    ["010.0.0.001", "10.0.0.1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::", "::"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["64:ff9b::10.0.0.1", "64:ff9b::a00:1"],
    ["1.2.3", undefined],
    ["1.2.3.256", undefined],
    ["1.2.3.4.5", undefined],
    ["none", undefined],
    ["", undefined],
    ["1::2::3", undefined],
    ["1:2:3:4:5:6:7", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["1:2:3:4:5:6:7::8", undefined],
    [":1:2:3:4:5:6:7", undefined],
    ["fe80::1%eth0", undefined],
    ["::12345", undefined],
  ];
  assert.deepEqual(
    canonical.map(([text]) => [text, parseIp(text)?.canonical]),
    canonical,
  );
});

test("the forms that older programs read differently are told apart", () => {
  assert.equal(parseIp("010.0.0.1")?.hasLeadingZeros, true);
  assert.equal(parseIp("10.0.0.1")?.hasLeadingZeros, false);
  assert.equal(parseIp("::ffff:1.2.3.4")?.isMapped, true);
  assert.equal(parseIp("::ffff:1.2.3.4")?.family, "IPv4");
});

test("every address is written so that it reads back as itself", () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const ip = parseIp(text);
      assert.ok(ip, text);
      assert.deepEqual(parseIp(ip.canonical)?.bytes, ip.bytes);
      assert.equal(isIP(ip.canonical), ip.family === "IPv4" ? 4 : 6);
    }),
  );
});

test("text is an address exactly if Node thinks so too, zones and leading zeros aside", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f:.]{0,20}$/), (text) => {
      const ip = parseIp(text);
      if (ip?.hasLeadingZeros) return;
      assert.equal(ip !== undefined, isIP(text) !== 0, text);
    }),
    { numRuns: 500 },
  );
});

test("ranges know their network address and what is wrong with them", () => {
  assert.equal(parseCidr("10.1.2.3/8")?.canonical, "10.0.0.0/8");
  assert.equal(parseCidr("10.1.2.3/8")?.hasHostBits, true);
  assert.equal(parseCidr("10.0.0.0/08")?.hasLeadingZeros, true);
  assert.equal(parseCidr("2001:db8::/28")?.canonical, "2001:db0::/28");
  assert.equal(parseCidr("fd00:10:96::/112")?.hasHostBits, false);
  for (const text of ["10.0.0.0", "10.0.0.0/33", "::/129", "x/8", "10.0.0.0/", "10.0.0.0/-1"]) {
    assert.equal(parseCidr(text), undefined, text);
  }
});
