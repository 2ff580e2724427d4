import assert from "node:assert/strict";
import { test } from "node:test";
import * as nft from "../netlink/nftables/index.ts";
import { goldenOperations } from "../netlink/nftables/testing/golden.ts";
import { commitTransaction } from "./commit-transaction.ts";
import { watchNetlink } from "./netlink-events.ts";
import { list, request } from "./netlink-request.ts";
import { NETLINK_NETFILTER, type NetlinkSocket, openNetlinkSocket } from "./netlink-socket.ts";
import type { NetworkNamespace } from "./network-namespace.ts";
import { needsRoot, runIn, testNamespace } from "./testing/kernel-test.ts";

const testdata = new URL("../netlink/nftables/testdata/", import.meta.url).pathname;
/** Batches of these stand alone; changes.nft needs a ruleset before it. */
const rulesets = ["expressions", "sets", "program", "program6"] as const;

const ruleset = (namespace: NetworkNamespace) => runIn(namespace, "nft", "list", "ruleset");

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
    const operations: nft.Operation[] = [];
    for (const family of ["ip", "ip6", "inet"] as const)
      operations.push(...(await operationsOf(from, family)));
    await commitTransaction(to, transactionOf(operations));
    assert.equal(ruleset(copy), ruleset(own));
  });
}

function load(namespace: NetworkNamespace, text: string): void {
  namespace.run(() => execFileSync("nft", ["-f", "-"], { input: text }));
}
