import assert from "node:assert/strict";
import { test } from "node:test";
import { openNodeAddresses } from "./node-addresses.ts";
import { needsRoot, runIn, testNamespace, withoutLeaks } from "./testing/kernel-test.ts";

test("a node's addresses follow those of its namespace", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  runIn(namespace, "ip", "link", "set", "lo", "up");
  let wake = () => {};
  await using addresses = await openNodeAddresses(
    { changed: () => wake(), failed: (error) => assert.fail(String(error)) },
    namespace,
  );
  const summary = () =>
    addresses.current.map(({ address, link, scope, loopback }) => `${address} ${link} ${scope} ${loopback}`);
  const see = async (expected: readonly string[]) => {
    while (JSON.stringify(summary()) !== JSON.stringify(expected))
      await new Promise<void>((resolve) => (wake = resolve));
  };
  const loopback = ["127.0.0.1 lo host true", "::1 lo host true"];
  await see(loopback);
  runIn(namespace, "ip", "link", "add", "br0", "type", "bridge");
  runIn(namespace, "ip", "addr", "add", "192.168.1.5/24", "dev", "br0");
  await see([...loopback, "192.168.1.5 br0 global false"]);
  runIn(namespace, "ip", "addr", "add", "fd00:192::5/64", "dev", "br0", "nodad");
  await see([...loopback, "192.168.1.5 br0 global false", "fd00:192::5 br0 global false"]);
  runIn(namespace, "ip", "link", "set", "br0", "name", "lan0");
  await see([...loopback, "192.168.1.5 lan0 global false", "fd00:192::5 lan0 global false"]);
  runIn(namespace, "ip", "link", "del", "lan0");
  await see(loopback);
});

test("an IPv6 address is the node's only when it is known to be nobody else's", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  runIn(namespace, "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
  for (const link of ["v0", "v1"]) runIn(namespace, "ip", "link", "set", link, "up");
  let wake = () => {};
  await using addresses = await openNodeAddresses(
    { changed: () => wake(), failed: (error) => assert.fail(String(error)) },
    namespace,
  );
  runIn(namespace, "ip", "addr", "add", "fd00:192::5/64", "dev", "v0");
  const has = () => addresses.current.some(({ address }) => address === "fd00:192::5");
  assert.equal(has(), false);
  while (!has()) await new Promise<void>((resolve) => (wake = resolve));
});

test("addresses that are no longer followed leave no descriptors behind", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await withoutLeaks(async () => {
    await using _ = await openNodeAddresses({ changed() {}, failed() {} }, namespace);
  });
});
