import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import * as nft from "../netlink/nftables/index.ts";
import { goldenOperations } from "../netlink/nftables/testing/golden.ts";
import { commitTransaction } from "./commit-transaction.ts";
import { listSetElements } from "./list-elements.ts";
import { watchNetlink } from "./netlink-events.ts";
import { NETLINK_NETFILTER } from "./netlink-protocol.ts";
import { list, request } from "./netlink-request.ts";
import { type NetlinkSocket, openNetlinkSocket } from "./netlink-socket.ts";
import type { NetworkNamespace } from "./network-namespace.ts";
import { needsRoot, runIn, testNamespace } from "./testing/kernel-test.ts";

const testdata = new URL("../netlink/nftables/testdata/", import.meta.url).pathname;
/** Batches of these stand alone; changes.nft needs a ruleset before it. */
const rulesets = ["expressions", "sets", "program", "program6"] as const;

/** What `nft list ruleset` prints; what is left of timeouts is no part of it. */
const ruleset = (namespace: NetworkNamespace) =>
  runIn(namespace, "nft", "list", "ruleset").replaceAll(/ expires \S+/g, "");

function transactionOf(operations: Iterable<nft.Operation>): nft.Transaction {
  const transaction = new nft.Transaction();
  for (const operation of operations) transaction.add(operation);
  return transaction;
}

for (const name of rulesets) {
  test(
    `what we send of ${name}.nft is printed by nft as its own, and loads back the same`,
    needsRoot,
    async (t) => {
      const [own, ours, again] = [await testNamespace(t), await testNamespace(t), await testNamespace(t)];
      runIn(own, "nft", "-f", `${testdata}${name}.nft`);
      await using socket = await openNetlinkSocket(NETLINK_NETFILTER, ours);
      await commitTransaction(socket, transactionOf(goldenOperations(name)));
      const printed = ruleset(ours);
      assert.equal(printed, ruleset(own));
      load(again, printed);
      assert.equal(ruleset(again), printed);
    },
  );

  test(`what the kernel lists of ${name}.nft makes the same ruleset again`, needsRoot, async (t) => {
    const [own, copy] = [await testNamespace(t), await testNamespace(t)];
    runIn(own, "nft", "-f", `${testdata}${name}.nft`);
    await using from = await openNetlinkSocket(NETLINK_NETFILTER, own);
    await using to = await openNetlinkSocket(NETLINK_NETFILTER, copy);
    await commitTransaction(to, transactionOf(await listedOperations(from)));
    assert.equal(ruleset(copy), ruleset(own));
  });
}

function load(namespace: NetworkNamespace, text: string): void {
  namespace.run(() => execFileSync("nft", ["-f", "-"], { input: text }));
}

/** What there is, as operations in an order that the kernel takes. */
async function listedOperations(socket: NetlinkSocket): Promise<readonly nft.Operation[]> {
  const all = <T>(message: Uint8Array, decode: (message: Uint8Array) => T) =>
    list(socket, "Cannot list", message, decode);
  const tables: nft.TableInfo[] = [];
  for (const family of ["ip", "ip6", "inet", "arp"] as const)
    tables.push(...(await all(nft.listTables(family), nft.decodeTable)));
  const operations: nft.Operation[] = [];
  for (const { family, table, comment } of tables.sort(byHandle)) {
    const place = { family, table };
    operations.push({ kind: "add-table", ...place, ...(comment !== undefined && { comment }) });
    for (const { handle: _, use: __, ...chain } of await all(nft.listChains(family), nft.decodeChain))
      if (chain.table === table) operations.push({ kind: "add-chain", ...chain });
    const sets = await all(nft.listSets(place), nft.decodeSet);
    for (const { handle: _, keyLength: __, dataLength: ___, key = [], ...set } of sets.sort(byHandle)) {
      operations.push({ kind: "add-set", ...set, key });
      const elements = await listSetElements(socket, { ...place, set: set.set });
      if (elements.length > 0) operations.push({ kind: "add-elements", ...place, set: set.set, elements });
    }
    for (const { handle: _, position: __, ...rule } of await all(nft.listRules(place), nft.decodeRule))
      operations.push({ kind: "add-rule", ...rule, expressions: rule.expressions.map(withoutZeroTimeout) });
  }
  return operations;
}

/** The kernel lists a timeout of 0 where there is none, but does not take one for a set without timeouts. */
function withoutZeroTimeout(expression: nft.Expression): nft.Expression {
  if (expression.kind !== "dynset" || expression.timeoutMs !== 0n) return expression;
  const { timeoutMs: _, ...rest } = expression;
  return rest;
}

function byHandle(a: { readonly handle: bigint }, b: { readonly handle: bigint }): number {
  return Number(a.handle - b.handle);
}

test("listedForm says how the kernel lists what it was sent", needsRoot, async (t) => {
  for (const name of rulesets) {
    const namespace = await testNamespace(t);
    await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
    const operations = goldenOperations(name);
    await commitTransaction(socket, transactionOf(operations));
    const sent = operations.flatMap((operation) => (operation.kind === "add-rule" ? [operation] : []));
    const chains = new Set(sent.map(({ family, table, chain }) => JSON.stringify({ family, table, chain })));
    for (const text of chains) {
      const place = JSON.parse(text);
      const rules = await list(socket, "Cannot list", nft.listRules(place), nft.decodeRule);
      const found = rules.flatMap(({ expressions }) => expressions);
      const expected = sent
        .filter(({ family, table, chain }) => JSON.stringify({ family, table, chain }) === text)
        .flatMap(({ expressions }) => expressions.map(nft.listedForm));
      // The kernel numbers sets without names of their own.
      const named = found.map((each) =>
        "set" in each ? { ...each, set: each.set.replace(/^__set\d+$/, "__set%d") } : each,
      );
      assert.deepEqual(named, expected, `${name}: ${text}`);
    }
  }
});

test("a refused transaction names the operation and changes nothing", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  const transaction = transactionOf([
    { kind: "add-table", family: "ip", table: "t" },
    { kind: "delete-chain", family: "ip", table: "t", chain: "c" },
  ]);
  await assert.rejects(commitTransaction(socket, transaction), {
    code: "ENOENT",
    message: /^Cannot delete chain ip t c: no such file or directory \(ENOENT\), at DELCHAIN\.chain$/,
  });
  assert.equal(ruleset(namespace), "");
});

test("an error in a rule names the attribute that the kernel points at", needsRoot, async (t) => {
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, await testNamespace(t));
  const place = { family: "ip", table: "t", chain: "c" } as const;
  const jump = { kind: "immediate", dreg: 0, data: { code: "jump", chain: "nowhere" } } as const;
  const transaction = transactionOf([
    { kind: "add-table", family: "ip", table: "t" },
    { kind: "add-chain", ...place },
    { kind: "add-rule", ...place, expressions: [{ kind: "counter" }, jump] },
  ]);
  await assert.rejects(commitTransaction(socket, transaction), {
    message: /^Cannot add rule ip t c .*: no such file or directory \(ENOENT\), at NEWRULE\.expressions\[1\]/,
  });
});

test("a transaction for another generation is refused", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  const [answer] = await request(socket, "Cannot ask", nft.getGeneration());
  assert.ok(answer);
  const { generation } = nft.decodeGeneration(answer);
  const add = (table: string) =>
    commitTransaction(
      socket,
      new nft.Transaction({ generation }).add({ kind: "add-table", family: "ip", table }),
    );
  await add("t");
  await assert.rejects(add("u"), { code: "ERESTART" });
});

test("events tell who changed the ruleset, and what", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  const heard: nft.NfTablesMessage[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  using _ = await watchNetlink(
    { protocol: NETLINK_NETFILTER, groups: [nft.NFNLGRP_NFTABLES], namespace },
    {
      message(message) {
        const event = nft.decodeNfTablesMessage(message);
        if (event) heard.push(event);
        if (event?.kind === "generation") resolve();
      },
      lost: () => assert.fail("events were lost"),
    },
  );
  runIn(
    namespace,
    "nft",
    "add table ip t; add set ip t s { typeof ip daddr; }; add element ip t s { 10.0.0.1 }",
  );
  await promise;
  assert.deepEqual(
    heard.map((event) => event.kind),
    ["table", "set", "elements", "generation"],
  );
  const last = heard.at(-1)?.value;
  assert.ok(last && "process" in last && last.process === "nft" && (last.pid ?? 0) > 0);
});

test("60,000 elements with comments go in at once, and are listed", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  const key = ["ip daddr", "meta l4proto", "th dport"] as const;
  const place = { family: "ip", table: "t" } as const;
  const elements = Array.from({ length: 60_000 }, (_, index) => ({
    key: nft.packKey(key, [`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, "tcp", 80]),
    data: nft.packKey(["meta priority"], [index]),
    comment: `default/service-${index}:http`,
  }));
  const transaction = transactionOf([
    { kind: "add-table", ...place },
    { kind: "add-set", ...place, set: "m", key, data: ["meta priority"] },
    { kind: "add-elements", ...place, set: "m", elements },
  ]);
  await commitTransaction(socket, transaction);
  const found = await listSetElements(socket, { ...place, set: "m" });
  assert.equal(found.length, elements.length);
  const byKey = new Map(found.map((element) => [Buffer.from(element.key ?? []).toString("hex"), element]));
  for (const element of elements)
    assert.deepEqual(byKey.get(Buffer.from(element.key).toString("hex")), element);
});
