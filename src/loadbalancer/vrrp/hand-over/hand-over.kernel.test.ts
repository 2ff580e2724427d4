import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { needsRoot, runIn } from "../../../kernel/testing/kernel-test.ts";
import { silentLogger } from "../../../lib/log.ts";
import { runVrrp } from "../run-vrrp.ts";
import {
  ask,
  hasAddress,
  linkLayerAddress,
  type Machine,
  makeLan,
  neighbourOf,
  openConnection,
  serveWords,
} from "../testing/lan.ts";
import type { Vrrp } from "../vrrp.ts";

const options = { ...needsRoot, timeout: 30_000 };
const port = 9_000;
const families = [
  { family: "IPv4", address: "192.168.0.100", clientAddress: "192.168.0.3" },
  { family: "IPv6", address: "fd00::100", clientAddress: "fd00::3" },
] as const;
type Case = (typeof families)[number];

interface Balancer {
  readonly machine: Machine;
  readonly vrrp: Vrrp;
  readonly stop: AbortController;
  until(state: string): Promise<void>;
}

async function start(
  t: TestContext,
  machine: Machine,
  { family, address }: Case,
  priority: number,
): Promise<Balancer> {
  const stop = new AbortController();
  let state = "initialize";
  let wake = () => {};
  const vrrp = await runVrrp({
    interface: "eth0",
    routers: [{ vrid: 1, family, addresses: [address], priority }],
    lingerMs: 20_000,
    log: silentLogger,
    signal: stop.signal,
    namespace: machine.namespace,
    onState(status) {
      state = status.state;
      wake();
    },
  });
  t.after(async () => {
    stop.abort();
    await vrrp.handedOver;
    vrrp.release();
    await vrrp.ended;
  });
  const until = async (wanted: string) => {
    while (state !== wanted) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { machine, vrrp, stop, until };
}

async function makeMachines(t: TestContext): Promise<readonly [Machine, Machine, Machine]> {
  const machines = (await makeLan(t, 3)) as [Machine, Machine, Machine];
  for (const machine of machines.slice(0, 2)) serveWords(t, machine, port);
  return machines;
}

for (const where of families) {
  const { family, address, clientAddress } = where;

  test(
    `${family}: a connection outlives the hand-over of its address, and new ones go to the other machine`,
    options,
    async (t) => {
      const [a, b, client] = await makeMachines(t);
      const [high, low] = [await start(t, a, where, 200), await start(t, b, where, 100)];
      await high.until("active");
      const kept = await openConnection(t, client, address, port);
      assert.equal(await ask(kept, "before"), "1 before");
      high.stop.abort();
      await high.vrrp.handedOver;
      await low.until("active");
      assert.equal(await ask(kept, "after"), "1 after");
      assert.equal(await ask(await openConnection(t, client, address, port), "new"), "2 new");
      assert.equal(hasAddress(a, address), true, "for the connection");
      high.vrrp.release();
      await high.vrrp.ended;
      assert.equal(hasAddress(a, address), false);
      assert.equal(await ask(await openConnection(t, client, address, port), "last"), "2 last");
    },
  );

  test(
    `${family}: nobody hears of an address from the machine that keeps it for connections`,
    options,
    async (t) => {
      const [a, b, client] = await makeMachines(t);
      const [high, low] = [await start(t, a, where, 200), await start(t, b, where, 100)];
      await high.until("active");
      const kept = await openConnection(t, client, address, port);
      high.stop.abort();
      await high.vrrp.handedOver;
      await low.until("active");
      // Who has the address? And the other way round: the machine that keeps it asks for the client, in the address's name.
      runIn(client.namespace, "ip", "neighbour", "flush", "dev", "eth0");
      assert.equal(await ask(kept, "again"), "1 again");
      assert.equal(neighbourOf(client, address), linkLayerAddress(b));
      runIn(a.namespace, "ip", "neighbour", "flush", "dev", "eth0");
      assert.equal(await ask(kept, "and again"), "1 and again");
      assert.equal(neighbourOf(a, clientAddress), linkLayerAddress(client), "it has asked");
      assert.equal(neighbourOf(client, address), linkLayerAddress(b));
    },
  );

  test(`${family}: a connection outlives that a better machine takes its address`, options, async (t) => {
    const [a, b, client] = await makeMachines(t);
    const low = await start(t, b, where, 100);
    await low.until("active");
    const kept = await openConnection(t, client, address, port);
    assert.equal(await ask(kept, "before"), "2 before");
    const high = await start(t, a, where, 200);
    await high.until("active");
    await low.until("backup");
    assert.equal(await ask(kept, "after"), "2 after");
    assert.equal(await ask(await openConnection(t, client, address, port), "new"), "1 new");
    high.stop.abort();
    await high.vrrp.handedOver;
    await low.until("active");
    assert.equal(await ask(kept, "back"), "2 back");
  });

  test(
    `${family}: a connection is passed back whose ports another one had here before`,
    options,
    async (t) => {
      const [a, b, client] = await makeMachines(t);
      const low = await start(t, b, where, 100);
      await low.until("active");
      const kept = await openConnection(t, client, address, port);
      const flow = ["-p", "tcp", "-s", clientAddress, "-d", address, "--sport", `${kept.localPort}`];
      const state = ["--dport", `${port}`, "--state", "ESTABLISHED", "-t", "300", "-u", "SEEN_REPLY,ASSURED"];
      runIn(a.namespace, "conntrack", "-I", ...flow, ...state);
      const high = await start(t, a, where, 200);
      await high.until("active");
      await low.until("backup");
      assert.equal(await ask(kept, "after"), "2 after");
    },
  );

  test(`${family}: nothing is passed to a machine that is done with its connections`, options, async (t) => {
    const [a, b, client] = await makeMachines(t);
    const [high, low] = [await start(t, a, where, 200), await start(t, b, where, 100)];
    await high.until("active");
    const kept = await openConnection(t, client, address, port);
    high.stop.abort();
    await high.vrrp.handedOver;
    await low.until("active");
    high.vrrp.release();
    await high.vrrp.ended;
    const reset = once(kept, "error", { signal: AbortSignal.timeout(10_000) });
    // The other machine notices by silence; until then nobody answers.
    const asking = setInterval(() => kept.write("word"), 50);
    t.after(() => clearInterval(asking));
    const [error] = (await reset) as [NodeJS.ErrnoException];
    assert.ok(["ECONNRESET", "EPIPE"].includes(error.code ?? ""), error.code);
  });
}
