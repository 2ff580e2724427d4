import assert from "node:assert/strict";
import { test } from "node:test";
import { addressRanges } from "./address-ranges.ts";

const rows: readonly { name: string; cidrs: readonly string[]; length: 4 | 16; ranges: readonly string[] }[] =
  [
    { name: "one network", cidrs: ["10.1.0.0/16"], length: 4, ranges: ["0a010000-0a01ffff"] },
    { name: "host bits are ignored", cidrs: ["10.1.2.3/30"], length: 4, ranges: ["0a010200-0a010203"] },
    {
      name: "one inside another",
      cidrs: ["10.0.0.0/8", "10.1.0.0/16"],
      length: 4,
      ranges: ["0a000000-0affffff"],
    },
    { name: "neighbours", cidrs: ["10.128.0.0/9", "10.0.0.0/9"], length: 4, ranges: ["0a000000-0affffff"] },
    {
      name: "apart",
      cidrs: ["10.0.0.2/32", "10.0.0.0/32"],
      length: 4,
      ranges: ["0a000000-0a000000", "0a000002-0a000002"],
    },
    {
      name: "everything",
      cidrs: ["0.0.0.0/0", "255.255.255.255/32"],
      length: 4,
      ranges: ["00000000-ffffffff"],
    },
    {
      name: "the other family is left out",
      cidrs: ["10.0.0.0/8", "fd00::/127"],
      length: 16,
      ranges: [`fd${"0".repeat(30)}-fd${"0".repeat(29)}1`],
    },
    { name: "none", cidrs: [], length: 4, ranges: [] },
  ];

for (const { name, cidrs, length, ranges } of rows) {
  test(`addressRanges: ${name}`, () => {
    const hex = (bytes: string) => Buffer.from(bytes, "latin1").toString("hex");
    assert.deepEqual(
      addressRanges(cidrs, length).map(({ first, last }) => `${hex(first)}-${hex(last)}`),
      ranges,
    );
  });
}
