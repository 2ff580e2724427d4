import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  canonicalAddress,
  isCidr,
  isInCidrs,
  isLoopbackAddress,
  joinHostPort,
  loopbackCidrs,
  splitHostPort,
} from "./ip-address.ts";

describe("canonicalAddress", () => {
  const rows: readonly [string, string | undefined][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.01", undefined],
    ["192.0.2", undefined],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::ffff:192.0.2.1", undefined],
    ["fe80::1%eth0", undefined],
    ["example.com", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of rows) {
    test(`"${text}" is ${expected ?? "no address"}`, () => assert.equal(canonicalAddress(text), expected));
  }
});

describe("CIDRs", () => {
  for (const text of ["10.0.0.0/8", "0.0.0.0/0", "fd00::/8", " 10.0.0.0/8 "]) {
    test(`"${text}" is one`, () => assert.ok(isCidr(text)));
  }
  for (const text of ["10.0.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "primary"]) {
    test(`"${text}" is none`, () => assert.ok(!isCidr(text)));
  }
  test("an address lies in a range of its own family only", () => {
    assert.ok(isInCidrs("10.1.2.3", ["fd00::/8", "10.0.0.0/8"]));
    assert.ok(isInCidrs("fd00::1", ["fd00::/8", "10.0.0.0/8"]));
    assert.ok(!isInCidrs("11.0.0.1", ["fd00::/8", "10.0.0.0/8"]));
    assert.ok(!isInCidrs("::1", ["0.0.0.0/0"]));
    assert.ok(!isInCidrs("10.1.2.3", ["::/0"]));
  });
  test("what is no CIDR holds nothing", () => assert.ok(!isInCidrs("10.0.0.1", ["all"])));
});

describe("isLoopbackAddress", () => {
  for (const address of ["127.0.0.1", "127.255.0.9", "::1", "128.0.0.1", "10.127.0.1", "::", "fd00::1"]) {
    const expected = isInCidrs(address, loopbackCidrs);
    test(`${address} ${expected ? "is" : "is not"} one`, () =>
      assert.equal(isLoopbackAddress(address), expected));
  }
});

describe("addresses with ports", () => {
  for (const [text, address, port] of [
    ["10.0.0.1:80", "10.0.0.1", 80],
    ["[fd00::1]:80", "fd00::1", 80],
  ] as const) {
    test(`${text} is written and read`, () => {
      assert.equal(joinHostPort(address, port), text);
      assert.deepEqual(splitHostPort(text), { address, port });
    });
  }
  test("anything else is not read", () => assert.equal(splitHostPort("fd00::1:80"), undefined));
});
