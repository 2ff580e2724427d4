import assert from "node:assert/strict";
import { test } from "node:test";
import { NLM_F_REQUEST, readMessageHeader } from "../codec/index.ts";
import { decodeElements, NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, packKey, Transaction } from "./index.ts";
import type { Operation } from "./operation.ts";
import { wordsOf } from "./testing/golden.ts";

const place = { family: "ip", table: "porthole" } as const;
const addTable: Operation = { kind: "add-table", ...place, comment: "porthole 1" };

test("a transaction begins and ends a batch, and knows whose message is whose", () => {
  const operations: readonly Operation[] = [
    addTable,
    { kind: "add-set", ...place, set: "s", key: ["ip daddr"] },
    { kind: "add-elements", ...place, set: "s", elements: [] },
    { kind: "add-elements", ...place, set: "s", elements: [{ key: packKey(["ip daddr"], ["10.0.0.1"]) }] },
  ];
  const transaction = new Transaction();
  for (const operation of operations) transaction.add(operation);
  const messages = transaction.messages();
  const headers = messages.map(readMessageHeader);
  assert.equal(headers[0]?.type, NFNL_MSG_BATCH_BEGIN);
  assert.equal(headers.at(-1)?.type, NFNL_MSG_BATCH_END);
  assert.deepEqual(
    headers.map(({ sequence }) => sequence),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual(
    headers.map((_, index) => transaction.operationOfMessage(index)),
    [undefined, operations[0], operations[1], operations[3], undefined],
  );
  assert.equal(transaction.operationCount, 4);
});

test("elements that do not fit into one attribute are spread over messages of one operation", () => {
  const key = ["ip daddr", "meta l4proto", "th dport"] as const;
  const elements = Array.from({ length: 5000 }, (_, index) => ({
    key: packKey(key, [`10.0.${index >> 8}.${index & 255}`, "tcp", 80]),
    comment: "x".repeat(index % 128),
  }));
  const operation: Operation = { kind: "add-elements", ...place, set: "s", elements };
  const transaction = new Transaction().add(operation);
  const messages = transaction.messages().slice(1, -1);
  assert.ok(messages.length > 5);
  for (const [index, message] of messages.entries()) {
    assert.ok(message.length < 65_536 + 64, `message ${index} has ${message.length} bytes`);
    assert.ok(message.length > 65_000 || index === messages.length - 1);
    assert.equal(transaction.operationOfMessage(index + 1), operation);
  }
  assert.deepEqual(
    messages.flatMap((message) => decodeElements(message).elements),
    elements,
  );
});

const comment = "x".repeat(128);
const expression = { kind: "meta", key: "mark", dreg: 1 } as const;
const refused: readonly [string, Operation, RegExp][] = [
  ["no name", { ...addTable, table: "" }, /^Cannot add table ip .*: the table's name is empty$/],
  [
    "long name",
    { kind: "add-chain", ...place, chain: "c".repeat(256) },
    /the chain's name "c+" has more than 255 bytes$/,
  ],
  ["long comment", { ...addTable, comment }, /the comment "x+" has more than 127 bytes$/],
  ["comment of letters with many bytes", { ...addTable, comment: "é".repeat(64) }, /more than 127 bytes$/],
  [
    "long comment of an element",
    { kind: "add-elements", ...place, set: "s", elements: [{ key: Uint8Array.of(1), comment }] },
    /more than 127 bytes$/,
  ],
  [
    "register",
    { kind: "add-rule", ...place, chain: "c", expressions: [expression, { ...expression, dreg: 5 }] },
    /^Cannot add rule ip porthole c .*: Cannot encode NEWRULE\.expressions\[1\]\.meta\.dreg: 5 is no register/,
  ],
  [
    "many expressions",
    { kind: "add-rule", ...place, chain: "c", expressions: Array(129).fill(expression) },
    /a rule of 129 expressions, 128 is the most$/,
  ],
  [
    "element without a key",
    { kind: "add-elements", ...place, set: "s", elements: [{ comment: "x" }] },
    /: Cannot encode elements\[0\]\.key: missing$/,
  ],
  [
    "end of another length",
    {
      kind: "delete-elements",
      ...place,
      set: "s",
      elements: [{ key: new Uint8Array(4), keyEnd: new Uint8Array(8) }],
    },
    /elements\[0\]\.keyEnd: 8 bytes, 4 expected$/,
  ],
  ["no key", { kind: "add-set", ...place, set: "s", key: [] }, /the key has no fields$/],
  [
    "wide key",
    { kind: "add-set", ...place, set: "s", key: Array(5).fill("ip6 daddr") },
    /the key has 80 bytes, 64 is the most$/,
  ],
  [
    "unknown field",
    { kind: "add-set", ...place, set: "s", key: ["ip ttl" as "ip daddr"] },
    /Cannot use "ip ttl" in a set: there is no such field$/,
  ],
  [
    "timeout without the flag",
    { kind: "add-set", ...place, set: "s", key: ["ip daddr"], timeoutMs: 5 },
    /need the flag "timeout"$/,
  ],
  [
    "dynamic without a size",
    { kind: "add-set", ...place, set: "s", key: ["ip daddr"], flags: ["dynamic"] },
    /needs a size$/,
  ],
];

test("what the kernel would not take is refused when it is added, and the transaction stays as it was", () => {
  for (const [row, operation, message] of refused) {
    const transaction = new Transaction().add(addTable);
    const before = transaction.messages().map(wordsOf);
    assert.throws(() => transaction.add(operation), { name: "RangeError", message }, row);
    assert.deepEqual(transaction.messages().map(wordsOf), before, row);
    assert.equal(transaction.operationCount, 1, row);
  }
});

test("the text of a transaction reads much as nft's commands do", () => {
  const key = ["ip daddr", "meta l4proto", "th dport"] as const;
  const elements = [
    { key: packKey(key, ["10.0.0.1", "tcp", 80]), data: Uint8Array.of(5, 0, 0, 0), comment: "default/web" },
    ...Array.from({ length: 17 }, () => ({ catchAll: true as const, data: { code: "drop" as const } })),
  ];
  const operations: readonly Operation[] = [
    addTable,
    {
      kind: "add-chain",
      ...place,
      chain: "nat",
      base: { type: "nat", hook: "prerouting", priority: -100, policy: "accept" },
      exclusive: true,
    },
    { kind: "add-chain", ...place, chain: "c" },
    {
      kind: "add-set",
      ...place,
      set: "m",
      key,
      data: ["meta priority"],
      flags: ["timeout", "dynamic"],
      timeoutMs: 10_000,
      size: 65_535,
      comment: "a map",
    },
    {
      kind: "add-rule",
      ...place,
      chain: "nat",
      position: 7n,
      expressions: [
        { kind: "meta", key: "l4proto", dreg: 1 },
        { kind: "immediate", dreg: 0, data: { code: "goto", chain: "c" } },
      ],
      comment: "hi",
    },
    { kind: "replace-rule", ...place, chain: "c", handle: 9n, expressions: [{ kind: "counter" }] },
    { kind: "delete-rule", ...place, chain: "c", handle: 9n },
    { kind: "flush-chain", ...place, chain: "c" },
    { kind: "delete-chain", ...place, chain: "c" },
    { kind: "add-elements", ...place, set: "m", elements },
    { kind: "delete-elements", ...place, set: "m", elements: [{ key: Uint8Array.of(1) }] },
    { kind: "flush-set", ...place, set: "m" },
    { kind: "delete-set", ...place, set: "m" },
    { kind: "delete-table", ...place },
  ];
  const transaction = new Transaction();
  for (const operation of operations) transaction.add(operation);
  const all = Array.from({ length: 15 }, () => "* : drop").join(", ");
  assert.deepEqual(transaction.toText().trimEnd().split("\n"), [
    'add table ip porthole { comment "porthole 1"; }',
    "create chain ip porthole nat { type nat hook prerouting priority -100; policy accept; }",
    "add chain ip porthole c",
    'add map ip porthole m { typeof ip daddr . meta l4proto . th dport : meta priority; flags timeout,dynamic; timeout 10000ms; size 65535; comment "a map"; }',
    'add rule ip porthole nat handle 7 [ meta load l4proto => reg 1 ] [ immediate reg 0 goto -> c ] comment "hi"',
    "replace rule ip porthole c handle 9 [ counter pkts 0 bytes 0 ]",
    "delete rule ip porthole c handle 9",
    "flush chain ip porthole c",
    "delete chain ip porthole c",
    `add element ip porthole m { 0a000001.06000000.00500000 comment "default/web" : 05000000, ${all}, … 2 more }`,
    "delete element ip porthole m { 01 }",
    "flush set ip porthole m",
    "delete set ip porthole m",
    "delete table ip porthole",
  ]);
});

test("a transaction for one generation says so in the begin of its batch", () => {
  const [begin] = new Transaction({ generation: 7 }).messages();
  assert.deepEqual(begin && wordsOf(begin).slice(4), ["0000000a", "08000100", "00000007"]);
  assert.equal(begin && readMessageHeader(begin).flags, NLM_F_REQUEST);
});
