import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { needsRoot } from "../kernel/testing/kernel-test.ts";
import {
  hasAddress,
  killGroup,
  type Machine,
  makeLan,
  startKeepalived,
  untilAddress,
} from "./vrrp/testing/lan.ts";

const run = promisify(execFile);
const porthole = fileURLToPath(new URL("../../bin/porthole", import.meta.url));
const options = { ...needsRoot, timeout: 100_000 };
const needsKeepalived = {
  ...options,
  skip:
    needsRoot.skip ||
    (process.env.CI !== "true" &&
      spawnSync("keepalived", ["--version"]).error !== undefined &&
      "needs the Debian package keepalived"),
};
const addresses = ["192.168.0.100", "fd00::100"] as const;

/** Both addresses lead to the server that every machine of the LAN has on port 8080, here that of machine 3. */
const configuration = `
frontends:
  - {name: four, address: ${addresses[0]}, port: 80, backends: [{address: 192.168.0.3, port: 8080}]}
  - {name: six, address: "${addresses[1]}", port: 80, backends: [{address: "fd00::3", port: 8080}]}
`;

interface Balancers {
  readonly machines: readonly [Machine, Machine];
  readonly client: Machine;
  /** Runs `porthole lb` on a machine, as a group of its own. */
  start(machine: Machine, ...flags: readonly string[]): ChildProcess;
}

async function makeBalancers(t: TestContext): Promise<Balancers> {
  const [a, b, _node, client] = (await makeLan(t, 4)) as [Machine, Machine, Machine, Machine];
  const folder = mkdtempSync(join(tmpdir(), "pt-shared-"));
  const file = join(folder, "lb.yaml");
  writeFileSync(file, configuration);
  t.after(() => rmSync(folder, { recursive: true }));
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

/** Which machine's server answered; rejects if nobody does. */
async function ask({ namespace }: Machine, address: string): Promise<string> {
  const script = `exec 3<>/dev/tcp/${address}/80 && cat <&3`;
  const { stdout } = await namespace.run(() => run("bash", ["-c", script], { timeout: 3_000 }));
  return stdout;
}

async function untilAnswered(client: Machine, address: string): Promise<void> {
  for (;;) {
    try {
      if ((await ask(client, address)) === "3") return;
    } catch {
      await nextTurn();
    }
  }
}

async function untilHeldBy(machine: Machine): Promise<void> {
  for (const address of addresses) await untilAddress(machine, address, true);
}

test("of two balancers the one of higher priority has the addresses and serves", options, async (t) => {
  const { machines, client, start } = await makeBalancers(t);
  const [a, b] = machines;
  start(b, "--vrrp-priority", "100");
  await untilHeldBy(b);
  for (const address of addresses) await untilAnswered(client, address);
  start(a, "--vrrp-priority", "200");
  await untilHeldBy(a);
  for (const address of addresses) {
    await untilAddress(b, address, false);
    assert.equal(await ask(client, address), "3");
  }
  const status = await a.namespace.run(() => run(porthole, ["lb", "status"]));
  assert.match(status.stdout, /router 1 IPv4 {2}active, priority 200 {2}192\.168\.0\.100\n/);
  const other = await b.namespace.run(() => run(porthole, ["lb", "status"]));
  assert.match(other.stdout, /router 1 IPv6 {2}backup, priority 100 {2}fd00::100\n/);
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  test(`a balancer that ends by ${signal} leaves its addresses to the other one`, options, async (t) => {
    const { machines, client, start } = await makeBalancers(t);
    const [a, b] = machines;
    const first = start(a, "--vrrp-priority", "200");
    await untilHeldBy(a);
    start(b, "--vrrp-priority", "100");
    for (const address of addresses) await untilAnswered(client, address);
    const ended = once(first, "exit");
    process.kill(-(first.pid ?? 0), signal);
    await untilHeldBy(b);
    for (const address of addresses) await untilAnswered(client, address);
    await ended;
    for (const address of addresses) await untilAddress(a, address, false);
    for (const address of addresses) assert.equal(await ask(client, address), "3");
  });
}

test("each of two balancers without priorities has some of many addresses", options, async (t) => {
  const { machines } = await makeBalancers(t);
  const folder = mkdtempSync(join(tmpdir(), "pt-spread-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "lb.yaml");
  const many = Array.from({ length: 16 }, (_, index) => `192.168.0.${100 + index}`);
  const frontends = many.map(
    (address) => `  - {address: ${address}, port: 80, backends: [{address: 192.168.0.3, port: 8080}]}`,
  );
  writeFileSync(file, `frontends:\n${frontends.join("\n")}\n`);
  for (const [index, machine] of machines.entries()) {
    const child = machine.namespace.run(() =>
      spawn(porthole, ["lb", "--config", file, "--vrrp-interface", "eth0", "--name", `lb-${index}`], {
        stdio: ["ignore", "ignore", "ignore"],
        detached: true,
      }),
    );
    t.after(() => killGroup(child));
  }
  for (;;) {
    const held = machines.map((machine) => many.filter((address) => hasAddress(machine, address)));
    if (held.flat().length === many.length && held.every((some) => some.length >= 4)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test(
  "keepalived and porthole lb share an address, and take it from each other",
  needsKeepalived,
  async (t) => {
    const { machines, client, start } = await makeBalancers(t);
    const [a, b] = machines;
    const [address] = addresses;
    const theirs = startKeepalived(t, b, { vrid: 1, address, priority: 200 });
    await untilAddress(b, address, true);
    start(a, "--vrrp-priority", "100");
    await untilAddress(a, addresses[1], true);
    assert.ok(!hasAddress(a, address), "keepalived's priority is higher");
    killGroup(theirs);
    await untilAddress(a, address, true);
    await untilAnswered(client, address);
  },
);
