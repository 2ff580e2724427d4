import assert from "node:assert/strict";
import { test } from "node:test";
import * as nft from "../netlink/nftables/index.ts";
import { commitTransaction } from "./commit-transaction.ts";
import { FakeNfTables } from "./fake-nf-tables.ts";
import { listSetElements } from "./list-elements.ts";
import { request } from "./netlink-request.ts";

const place = { family: "ip", table: "t" } as const;
const addTable = { kind: "add-table", ...place } as const;
const addSet = { kind: "add-set", ...place, set: "s", key: ["ip daddr"] } as const;
const element = { key: Uint8Array.of(10, 0, 0, 1), comment: "one" };
const addElement = { kind: "add-elements", ...place, set: "s", elements: [element] } as const;

function transaction(...operations: readonly nft.Operation[]): nft.Transaction {
  const result = new nft.Transaction();
  for (const operation of operations) result.add(operation);
  return result;
}

test("a refused transaction leaves the fake kernel as it was", async () => {
  const fake = new FakeNfTables();
  await using socket = fake.openSocket();
  await commitTransaction(socket, transaction(addTable, addSet, addElement));
  const refused = transaction(
    { kind: "flush-set", ...place, set: "s" },
    { kind: "delete-table", ...place },
    { kind: "delete-table", ...place },
  );
  await assert.rejects(commitTransaction(socket, refused), {
    code: "ENOENT",
    message: /^Cannot delete table ip t: no such file or directory \(ENOENT\)/,
  });
  assert.deepEqual(await listSetElements(socket, { ...place, set: "s" }), [element]);
  assert.equal(fake.generation, 2);
});

test("a batch without its end changes nothing", async () => {
  const fake = new FakeNfTables();
  await using socket = fake.openSocket();
  await socket.exchange("Cannot try", transaction(addTable).messages().slice(0, -1));
  await assert.rejects(request(socket, "Cannot ask", nft.getTable(place)), { code: "ENOENT" });
});

test("sockets of one fake kernel see the same, those of two do not", async () => {
  const fake = new FakeNfTables();
  await commitTransaction(fake.openSocket(), transaction(addTable));
  const [answer] = await request(fake.openSocket(), "Cannot ask", nft.getTable(place));
  assert.equal(answer && nft.decodeTable(answer).table, "t");
  const other = new FakeNfTables().openSocket();
  await assert.rejects(request(other, "Cannot ask", nft.getTable(place)), { code: "ENOENT" });
});

test("the fake kernel counts what it is asked", async () => {
  const fake = new FakeNfTables();
  await using socket = fake.openSocket();
  await commitTransaction(socket, transaction(addTable, addSet));
  await listSetElements(socket, { ...place, set: "s" });
  assert.equal(fake.requestCount, 3);
});

test("the fake kernel prints what it holds", async () => {
  const fake = new FakeNfTables();
  await using socket = fake.openSocket();
  const chain = { ...place, chain: "c" };
  await commitTransaction(
    socket,
    transaction(
      { ...addTable, comment: "mine" },
      { kind: "add-chain", ...chain, base: { type: "filter", hook: "input", priority: 0 } },
      addSet,
      addElement,
      { kind: "add-rule", ...chain, expressions: [{ kind: "counter" }], comment: "counted" },
    ),
  );
  assert.deepEqual(fake.dump().trimEnd().split("\n"), [
    'add table ip t { comment "mine"; }',
    "add chain ip t c { type filter hook input priority 0; policy accept; }",
    "add set ip t s { typeof ip daddr; }",
    'add element ip t s { 0a000001 comment "one" }',
    'add rule ip t c [ counter pkts 0 bytes 0 ] comment "counted"',
  ]);
});
