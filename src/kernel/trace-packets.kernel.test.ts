import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { TraceInfo } from "../netlink/nftables/index.ts";
import { connectWithin } from "./connect-within.ts";
import { requireLibc } from "./ffi.ts";
import { needsRoot, runIn, testNamespace } from "./testing/kernel-test.ts";
import { tracePackets } from "./trace-packets.ts";

const tcp = 6;
const waitMs = 5;

test("a traced packet tells the chains and verdicts that it meets, in their order", {
  timeout: 20_000,
  ...needsRoot,
}, async (t) => {
  const namespace = await testNamespace(t);
  runIn(namespace, "ip", "link", "set", "lo", "up");
  runIn(
    namespace,
    "nft",
    "add table ip mine; add chain ip mine first { type filter hook output priority 0; }; add chain ip mine second; add rule ip mine first tcp dport 7777 jump second; add rule ip mine second counter drop",
  );
  const steps: TraceInfo[] = [];
  const tracing = await tracePackets(
    { address: "127.0.0.1", protocol: tcp, port: 7777 },
    (step) => steps.push(step),
    namespace,
  );
  const socket = connectWithin(await requireLibc(), namespace, { host: "127.0.0.1", port: 7777 });
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  while (!steps.some(({ verdict }) => verdict?.code === "drop")) await delay(waitMs);
  const first = steps.filter(({ id }) => id === steps[0]?.id);
  assert.deepEqual(
    first.map(({ table, chain, type, verdict }) => [table, chain, type, verdict?.code, verdict?.chain]),
    [
      ["mine", "first", "rule", "jump", "second"],
      ["mine", "second", "rule", "drop", undefined],
    ],
  );
  await tracing[Symbol.asyncDispose]();
  assert.doesNotMatch(runIn(namespace, "nft", "list", "tables"), /porthole-trace/);
});

test("packets to other ports are not traced", { timeout: 20_000, ...needsRoot }, async (t) => {
  const namespace = await testNamespace(t);
  runIn(namespace, "ip", "link", "set", "lo", "up");
  runIn(
    namespace,
    "nft",
    "add table ip mine; add chain ip mine first { type filter hook output priority 0; }",
  );
  const steps: TraceInfo[] = [];
  const target = { address: "127.0.0.1", protocol: tcp, port: 7777 };
  const tracing = await tracePackets(target, (step) => steps.push(step), namespace);
  t.after(() => tracing[Symbol.asyncDispose]());
  for (const port of [7778, 7777]) {
    const socket = connectWithin(await requireLibc(), namespace, { host: target.address, port });
    await once(socket, "error");
  }
  while (steps.length === 0) await delay(waitMs);
  const destinations = steps.flatMap(({ transportHeader }) =>
    transportHeader ? [Buffer.from(transportHeader).readUInt16BE(2)] : [],
  );
  assert.deepEqual([...new Set(destinations)], [target.port]);
});
