import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { needsRoot } from "../kernel/testing/kernel-test.ts";
import {
  ask,
  hasAddress,
  killGroup,
  type Machine,
  makeLan,
  openConnection,
  serveWords,
  untilAddress,
} from "./vrrp/testing/lan.ts";

const porthole = fileURLToPath(new URL("../../bin/porthole", import.meta.url));
const options = { ...needsRoot, timeout: 100_000 };
const port = 80;
/** A client that asks all the time, with short pauses. */
const askAgainMs = 20;
/** How a connection ends when its time is over: no socket belongs to what the kernel carries. */
const modes = [
  { mode: "userspace", over: "end" },
  { mode: "nftables", over: "ECONNRESET" },
] as const;
const families = [
  { family: "IPv4", address: "192.168.0.100", node: "192.168.0.3" },
  { family: "IPv6", address: "fd00::100", node: "fd00::3" },
] as const;

interface Lan {
  readonly machines: readonly [Machine, Machine];
  readonly client: Machine;
  /** Runs `porthole lb` on a machine, as a group of its own; resolves when it says that it is ready. */
  start(machine: Machine, ...flags: readonly string[]): ChildProcess;
}

/** Machine 3 is the node that both balancers lead to. */
async function makeBalancers(t: TestContext, { address, node }: (typeof families)[number]): Promise<Lan> {
  const [a, b, server, client] = (await makeLan(t, 4)) as [Machine, Machine, Machine, Machine];
  serveWords(t, server, 9_000);
  const folder = mkdtempSync(join(tmpdir(), "pt-hand-over-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "lb.yaml");
  writeFileSync(
    file,
    `frontends: [{name: web, address: "${address}", port: ${port}, backends: [{address: "${node}", port: 9000}]}]\n`,
  );
  return {
    machines: [a, b],
    client,
    start(machine, ...flags) {
      const args = ["lb", "--config", file, "--vrrp-interface", "eth0", "--vrrp-routers", "1", ...flags];
      const child = machine.namespace.run(() =>
        spawn(porthole, args, { stdio: ["ignore", "ignore", "ignore"], detached: true }),
      );
      t.after(() => killGroup(child));
      return child;
    },
  };
}

/** The first machine has the address, and the second one waits for it; a client is connected. */
async function makePair(t: TestContext, where: (typeof families)[number], ...flags: readonly string[]) {
  const lan = await makeBalancers(t, where);
  const [a, b] = lan.machines;
  const first = lan.start(a, "--vrrp-priority", "200", ...flags);
  await untilAddress(a, where.address, true);
  const kept = await openConnection(t, lan.client, where.address, port);
  assert.equal(await ask(kept, "before"), "3 before");
  lan.start(b, "--vrrp-priority", "100", ...flags);
  await untilListening(b);
  return { ...lan, a, b, first, kept };
}

/** Its status is served once it takes part. */
async function untilListening({ namespace }: Machine): Promise<void> {
  for (;;) {
    const ended = once(
      namespace.run(() => spawn(porthole, ["lb", "status"], { stdio: "ignore" })),
      "exit",
    );
    if ((await ended)[0] === 0) return;
  }
}

for (const { mode } of modes) {
  for (const where of families) {
    const { family, address } = where;

    test(
      `${mode}, ${family}: who is connected to a balancer that is stopped stays so, and new clients reach the other one`,
      options,
      async (t) => {
        const { a, b, client, first, kept } = await makePair(t, where, "--mode", mode, "--grace", "60");
        const exited = once(first, "exit");
        process.kill(first.pid ?? 0, "SIGTERM");
        await untilAddress(b, address, true);
        assert.equal(await ask(kept, "after"), "3 after");
        assert.equal(await ask(await openConnection(t, client, address, port), "new"), "3 new");
        assert.equal(hasAddress(a, address), true, "its connection is not over");
        kept.end();
        assert.deepEqual(await exited, [0, null], "nobody is left to wait for");
        assert.equal(hasAddress(a, address), false);
        assert.equal(await ask(await openConnection(t, client, address, port), "last"), "3 last");
      },
    );
  }
}

/** What says that a connection is over while nothing was asked for. */
function overOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.on("end", () => resolve("end"));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code ?? ""));
  });
}

for (const { mode, over } of modes) {
  for (const where of families) {
    const { family, address } = where;

    test(
      `${mode}, ${family}: after the grace a stopped balancer ends connections when nobody asks for anything`,
      options,
      async (t) => {
        const { b, first, kept } = await makePair(t, where, "--mode", mode, "--grace", "1");
        const isOver = overOf(kept);
        process.kill(first.pid ?? 0, "SIGTERM");
        await untilAddress(b, address, true);
        assert.equal(await isOver, over);
      },
    );

    test(
      `${mode}, ${family}: after the grace a stopped balancer ends connections right behind an answer`,
      options,
      async (t) => {
        const { first, kept } = await makePair(t, where, "--mode", mode, "--grace", "1");
        const isOver = overOf(kept);
        process.kill(first.pid ?? 0, "SIGTERM");
        for (let count = 0; kept.writable && kept.readable; count += 1) {
          const answered = await Promise.race([ask(kept, `word ${count}`).catch(() => "none"), isOver]);
          if (answered === over) break;
          assert.equal(answered, `3 word ${count}`, "no word is lost");
          await delay(askAgainMs);
        }
        assert.equal(await isOver, over);
      },
    );
  }
}

for (const { mode, over } of modes) {
  for (const where of families) {
    const { family, address } = where;

    test(
      `${mode}, ${family}: a balancer that a better one relieves carries its connections on, and then ends them`,
      options,
      async (t) => {
        const { client, machines, start } = await makeBalancers(t, where);
        const [a, b] = machines;
        const flags = ["--mode", mode, "--grace", "2"];
        start(b, "--vrrp-priority", "100", ...flags);
        await untilAddress(b, address, true);
        const kept = await openConnection(t, client, address, port);
        assert.equal(await ask(kept, "before"), "3 before");
        start(a, "--vrrp-priority", "200", ...flags);
        await untilAddress(a, address, true);
        assert.equal(await ask(kept, "after"), "3 after");
        assert.equal(await overOf(kept), over);
        assert.equal(await ask(await openConnection(t, client, address, port), "new"), "3 new");
      },
    );
  }
}
