import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseBindAddress } from "./bind-address.ts";
import { chooseNodePortAddresses, parseNodePortAddresses, primaryAddresses } from "./node-port-addresses.ts";

const choice = {
  primary: ["192.0.2.1", "2001:db8::1"],
  addresses: ["192.0.2.1", "2001:db8::1", "198.51.100.1", "2001:db8:1::1", "127.0.0.1", "::1"],
};

describe("node-port addresses", () => {
  const rows: readonly [string, string | readonly string[] | undefined, readonly string[]][] = [
    ["by default the primary one of each family", undefined, ["192.0.2.1", "2001:db8::1"]],
    ["primary", "primary", ["192.0.2.1", "2001:db8::1"]],
    ["primary as a configuration file says it", ["primary"], ["192.0.2.1", "2001:db8::1"]],
    [
      "one range, which says nothing of the other family",
      "198.51.100.0/24",
      ["2001:db8::1", "198.51.100.1", "2001:db8:1::1"],
    ],
    ["ranges of both families", "0.0.0.0/0, 2001:db8:1::/48", ["192.0.2.1", "198.51.100.1", "2001:db8:1::1"]],
    ["ranges that the node is not in", ["10.0.0.0/8", "fd00::/8"], []],
    ["all, which is not localhost", "all", ["192.0.2.1", "2001:db8::1", "198.51.100.1", "2001:db8:1::1"]],
    ["localhost", "localhost", ["127.0.0.1", "::1"]],
    ["primary and localhost", "primary,localhost", ["192.0.2.1", "2001:db8::1", "127.0.0.1", "::1"]],
    ["primary and a range", "primary,198.51.100.0/24", ["192.0.2.1", "2001:db8::1", "198.51.100.1"]],
    ["localhost of one family by its address", "127.0.0.1/32", ["2001:db8::1", "2001:db8:1::1", "127.0.0.1"]],
  ];
  for (const [name, wanted, expected] of rows) {
    test(name, () =>
      assert.deepEqual(chooseNodePortAddresses(choice, parseNodePortAddresses(wanted)), expected),
    );
  }
  for (const wrong of ["192.0.2.1", "secondary", "192.0.2.0/33"]) {
    test(`"${wrong}" is refused with words that help`, () => {
      assert.throws(() => parseNodePortAddresses(wrong), {
        name: "SyntaxError",
        message: /CIDR such as 192\.0\.2\.0\/24.*"primary"/,
      });
    });
  }

  const primaries: readonly [string, readonly string[], string | undefined, readonly string[]][] = [
    [
      "the first of each family",
      ["192.0.2.1", "192.0.2.2", "2001:db8::1"],
      undefined,
      ["192.0.2.1", "2001:db8::1"],
    ],
    [
      "the bind address before them",
      ["192.0.2.1", "2001:db8::1"],
      "198.51.100.9",
      ["198.51.100.9", "2001:db8::1"],
    ],
    ["a bind address that names none", ["192.0.2.1"], "0.0.0.0", ["192.0.2.1"]],
    ["an IPv6 bind address that names none", ["192.0.2.1"], "::", ["192.0.2.1"]],
    ["an IPv6 bind address", ["192.0.2.1"], "2001:DB8::9", ["192.0.2.1", "2001:db8::9"]],
  ];
  for (const [name, stated, bindAddress, expected] of primaries) {
    test(`primary: ${name}`, () => assert.deepEqual(primaryAddresses(stated, bindAddress), expected));
  }
});

describe("parseBindAddress", () => {
  test("reads both families, and nothing", () => {
    assert.deepEqual(parseBindAddress("127.0.0.1:10256"), { host: "127.0.0.1", port: 10256 });
    assert.deepEqual(parseBindAddress("[::]:10256"), { host: "::", port: 10256 });
    assert.equal(parseBindAddress(""), undefined);
  });
  for (const wrong of ["10256", "localhost:10256", "127.0.0.1:99999", "::1:10256"]) {
    test(`refuses "${wrong}"`, () => assert.throws(() => parseBindAddress(wrong), /write ADDRESS:PORT/));
  }
});
