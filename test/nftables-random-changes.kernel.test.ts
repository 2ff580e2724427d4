import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { NetworkNamespace } from "../src/kernel/index.ts";
import { needsRoot, runIn, testNamespace } from "../src/kernel/testing/kernel-test.ts";

/** 10,000 of them take about a minute. */
const changes = Number(process.env.PORTHOLE_TEST_CHANGES ?? 500);
const seed = Number(process.env.PORTHOLE_TEST_SEED ?? Date.now() % 1_000_000);
const kills = Math.max(5, Math.floor(changes / 100));
const nodeAddress = "172.30.77.1";
const podAddress = "10.244.0.1";
const nodePort = "30080";

const driver = fileURLToPath(new URL("./support/random-changes.ts", import.meta.url));
const loop = fileURLToPath(new URL("./support/connection-loop.ts", import.meta.url));

test(`after ${changes} random changes (seed ${seed}) and ${kills} kills of the proxy the kernel holds exactly what the API says, and a Service that nobody changed never failed`, {
  ...needsRoot,
  timeout: 120_000 + changes * 100,
}, async (t) => {
  const [node, client] = [await testNamespace(t), await testNamespace(t)];
  connectNamespaces(node, client);
  const args = [changes, seed, kills, nodeAddress, podAddress, nodePort].map(String);
  const changing = startIn(t, node, [driver, ...args]);
  const lines = createInterface({ input: changing.stdout })[Symbol.asyncIterator]();
  const failed = text(changing.stderr);
  const says = async (wanted: string) => {
    const { value } = await lines.next();
    assert.equal(value, wanted, value === wanted ? "" : await failed);
  };
  await says("ready");
  const connecting = startIn(t, client, [loop, nodeAddress, nodePort]);
  const told = text(connecting.stdout);
  await says("settled");
  connecting.stdin.end();
  const { answered, failures } = JSON.parse(await told) as { answered: number; failures: string[] };
  assert.deepEqual(failures, []);
  t.diagnostic(`${answered} connections, none of them failed`);
  assert.ok(answered > changes / 10, `${answered} connections`);
});

/** A node with a pod address of its own, and a client beside it. */
function connectNamespaces(node: NetworkNamespace, client: NetworkNamespace): void {
  const ip = (namespace: NetworkNamespace, words: string) => runIn(namespace, "ip", ...words.split(" "));
  ip(node, `link add lan type veth peer name lan netns ${client.name}`);
  ip(node, `addr add ${nodeAddress}/24 dev lan`);
  ip(client, "addr add 172.30.77.2/24 dev lan");
  for (const namespace of [node, client]) {
    ip(namespace, "link set lo up");
    ip(namespace, "link set lan up");
  }
  ip(node, `addr add ${podAddress}/16 dev lo`);
}

function startIn(
  t: TestContext,
  namespace: NetworkNamespace,
  args: readonly string[],
): ChildProcessWithoutNullStreams {
  const child = namespace.run(() => spawn(process.execPath, args));
  const exited = once(child, "exit");
  t.after(async () => {
    child.stdin.end();
    await exited;
  });
  return child;
}
