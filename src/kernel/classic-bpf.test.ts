import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSourceFilter, type SourceFilter } from "./classic-bpf.ts";
import { runSourceFilter } from "./classic-bpf-interpreter.ts";

const fd00 = (last: number) => [0xfd, ...Array<number>(14).fill(0), last];

const rows: readonly { name: string; filter: SourceFilter; pass: number[][]; drop: number[][] }[] = [
  {
    name: "drop everybody",
    filter: { family: "IPv4", own: [], ownPasses: false, othersPass: false },
    pass: [],
    drop: [[10, 0, 0, 1]],
  },
  {
    name: "pass the node and its pods only",
    filter: { family: "IPv4", own: ["192.168.1.5", "10.180.3.0/24"], ownPasses: true, othersPass: false },
    pass: [
      [192, 168, 1, 5],
      [10, 180, 3, 99],
    ],
    drop: [
      [192, 168, 1, 6],
      [10, 180, 4, 99],
    ],
  },
  {
    name: "source ranges, of which the other family's never match",
    filter: {
      family: "IPv4",
      within: ["fd00::/8", "10.0.0.0/9", "0.0.0.0/32"],
      own: [],
      ownPasses: true,
      othersPass: true,
    },
    pass: [
      [10, 127, 255, 255],
      [0, 0, 0, 0],
    ],
    drop: [[10, 128, 0, 0]],
  },
  {
    name: "ranges and policy Local together",
    filter: {
      family: "IPv4",
      within: ["0.0.0.0/1"],
      own: ["10.0.0.5", "192.168.1.5"],
      ownPasses: true,
      othersPass: false,
    },
    pass: [[10, 0, 0, 5]],
    drop: [
      [10, 0, 0, 6],
      [192, 168, 1, 5],
    ],
  },
  {
    name: "IPv6 with prefixes that end inside a word",
    filter: { family: "IPv6", own: ["fd00::10/125", "2001:db8::/33"], ownPasses: true, othersPass: false },
    pass: [fd00(0x10), fd00(0x17), [0x20, 1, 0x0d, 0xb8, 0x7f, ...Array<number>(11).fill(9)]],
    drop: [fd00(0x18), [0x20, 1, 0x0d, 0xb8, 0x80, ...Array<number>(11).fill(0)]],
  },
];

for (const { name, filter, pass, drop } of rows) {
  test(`buildSourceFilter: ${name}`, () => {
    const program = buildSourceFilter(filter);
    assert.ok(program);
    for (const source of pass) assert.equal(runSourceFilter(program, source), "pass", `${source}`);
    for (const source of drop) assert.equal(runSourceFilter(program, source), "drop", `${source}`);
  });
}

test("buildSourceFilter leaves what is too long for the kernel to others", () => {
  const within = Array.from({ length: 300 }, (_, index) => `10.0.${index % 256}.0/24`);
  assert.equal(
    buildSourceFilter({ family: "IPv4", within, own: [], ownPasses: true, othersPass: true }),
    undefined,
  );
});
