import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { addressBytes, formatAddressBytes } from "./address-bytes.ts";

test("an IPv4 address is its four bytes", () => {
  assert.deepEqual([...(addressBytes("10.0.0.255") ?? [])], [10, 0, 0, 255]);
  assert.equal(formatAddressBytes(Uint8Array.of(10, 0, 0, 255)), "10.0.0.255");
});

test("any IPv6 bytes print as the system prints them, and read as they were", () => {
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = Uint8Array.from(groups.flatMap((value) => [value >> 8, value & 0xff]));
      const text = formatAddressBytes(bytes);
      assert.deepEqual(addressBytes(text), bytes);
      const long = groups.map((value) => value.toString(16)).join(":");
      const system = new SocketAddress({ address: long, family: "ipv6" }).address;
      // The system prints some addresses with a dotted tail.
      if (!system.includes(".")) assert.equal(text, system);
      assert.deepEqual(addressBytes(system), bytes);
    }),
  );
});

test("what is no address has no bytes", () => {
  for (const text of ["", "10.0.0", "fe80::1%eth0", "a.b.c.d", "::1::", "10.0.0.1/8"])
    assert.equal(addressBytes(text), undefined, text);
  assert.throws(() => formatAddressBytes(new Uint8Array(6)), RangeError);
});
