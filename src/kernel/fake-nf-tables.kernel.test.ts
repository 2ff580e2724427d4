import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as nft from "../netlink/nftables/index.ts";
import { goldenOperations } from "../netlink/nftables/testing/golden.ts";
import { FakeNfTables } from "./fake-nf-tables.ts";
import { listSetElements } from "./list-elements.ts";
import { isNetlinkError } from "./netlink-error.ts";
import { NETLINK_NETFILTER } from "./netlink-protocol.ts";
import { list, request } from "./netlink-request.ts";
import { type NetlinkSocket, openNetlinkSocket } from "./netlink-socket.ts";
import { needsRoot, testNamespace } from "./testing/kernel-test.ts";
import { suite } from "./testing/nf-tables-suite.ts";
import { randomOperation } from "./testing/random-nf-tables.ts";

for (const { name, transactions } of suite) {
  test(`the fake kernel does what the real one does: ${name}`, needsRoot, async (t) => {
    await using real = await openNetlinkSocket(NETLINK_NETFILTER, await testNamespace(t));
    await using fake = new FakeNfTables().openSocket();
    for (const [index, operations] of transactions.entries()) {
      const row = `transaction ${index}: ${operations.map(nft.formatOperation).join("; ")}`;
      assert.deepEqual(await errnos(fake, operations), await errnos(real, operations), row);
      assert.deepEqual(await contents(fake), await contents(real), row);
    }
  });
}

for (const name of ["expressions", "sets", "program", "program6"] as const) {
  test(`the fake kernel does what the real one does: ${name}.nft`, needsRoot, async (t) => {
    await using real = await openNetlinkSocket(NETLINK_NETFILTER, await testNamespace(t));
    await using fake = new FakeNfTables().openSocket();
    const operations = goldenOperations(name);
    assert.deepEqual(await errnos(fake, operations), await errnos(real, operations));
    assert.deepEqual(await contents(fake), await contents(real));
  });
}

test("the fake kernel does what the real one does with random transactions", needsRoot, async (t) => {
  await using real = await openNetlinkSocket(NETLINK_NETFILTER, await testNamespace(t));
  await using fake = new FakeNfTables().openSocket();
  await fc.assert(
    fc.asyncProperty(fc.array(randomOperation, { minLength: 1, maxLength: 6 }), async (operations) => {
      const row = operations.map(nft.formatOperation).join("; ");
      assert.deepEqual(await errnos(fake, operations), await errnos(real, operations), row);
      assert.deepEqual(await contents(fake), await contents(real), row);
    }),
    // One ruleset grows from run to run, so a shorter example would begin with another one.
    { numRuns: 400, endOnFailure: true },
  );
});

test("questions about what is not there get the same answers", needsRoot, async (t) => {
  await using real = await openNetlinkSocket(NETLINK_NETFILTER, await testNamespace(t));
  await using fake = new FakeNfTables().openSocket();
  const place = { family: "ip", table: "t" } as const;
  const ask = async (socket: NetlinkSocket) => [
    await codeOf(request(socket, "Cannot ask", nft.getTable(place))),
    await codeOf(list(socket, "Cannot ask", nft.listRules(place), nft.decodeRule)),
    await codeOf(list(socket, "Cannot ask", nft.listSets(place), nft.decodeSet)),
    await codeOf(list(socket, "Cannot ask", nft.listElements({ ...place, set: "s" }), nft.decodeElements)),
  ];
  assert.deepEqual(await ask(fake), await ask(real));
  for (const socket of [real, fake]) await errnos(socket, [{ kind: "add-table", ...place }]);
  assert.deepEqual(await ask(fake), await ask(real));
  const others = async (socket: NetlinkSocket) => [
    await codeOf(request(socket, "Cannot ask", nft.getChain({ ...place, chain: "c" }))),
    await codeOf(request(socket, "Cannot ask", nft.getSet({ ...place, set: "s" }))),
  ];
  assert.deepEqual(await others(fake), await others(real));
});

async function codeOf(answer: Promise<readonly unknown[]>): Promise<string | number> {
  try {
    return (await answer).length;
  } catch (error) {
    if (isNetlinkError(error)) return error.code;
    throw error;
  }
}

/** By message, those that were refused. */
async function errnos(
  socket: NetlinkSocket,
  operations: readonly nft.Operation[],
): Promise<readonly string[]> {
  const transaction = new nft.Transaction();
  for (const operation of operations) transaction.add(operation);
  const answers = await socket.exchange("Cannot try", transaction.messages());
  return answers.flatMap(({ refusal }, index) =>
    refusal ? [`${index} ${transaction.operationOfMessage(index)?.kind} ${refusal.errno}`] : [],
  );
}

/** All that the kernel lists, in an order that does not depend on its own. */
async function contents(socket: NetlinkSocket): Promise<unknown> {
  const all = <T>(message: Uint8Array, decode: (message: Uint8Array) => T) =>
    list(socket, "Cannot list", message, decode);
  const result: unknown[] = [];
  for (const family of ["ip", "ip6", "inet"] as const) {
    for (const table of await all(nft.listTables(family), nft.decodeTable)) {
      const place = { family, table: table.table };
      const sets = await all(nft.listSets(place), nft.decodeSet);
      const chains = await all(nft.listChains(family), nft.decodeChain);
      const elements: unknown[] = [];
      for (const { set } of sets) elements.push([set, await sortedElements(socket, { ...place, set })]);
      const rules = await all(nft.listRules(place), nft.decodeRule);
      result.push({
        table,
        chains: chains.filter(({ table: name }) => name === table.table).sort(byHandle),
        sets: sets.sort(byHandle),
        elements: elements.sort(),
        rules: Object.entries(Object.groupBy(rules, ({ chain }) => chain)).sort(),
      });
    }
  }
  return result;
}

async function sortedElements(
  socket: NetlinkSocket,
  place: { readonly family: nft.Family; readonly table: string; readonly set: string },
): Promise<unknown> {
  const elements = await listSetElements(socket, place);
  return elements.map(({ expirationMs: _, ...element }) => nft.formatElement(element)).sort();
}

function byHandle(a: { readonly handle: bigint }, b: { readonly handle: bigint }): number {
  return Number(a.handle - b.handle);
}
