import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NetworkNamespace } from "../kernel/index.ts";
import { needsRoot, runIn, testNamespace } from "../kernel/testing/kernel-test.ts";
import { killGroup, type Machine, makeLan } from "./vrrp/testing/lan.ts";

const run = promisify(execFile);
const porthole = fileURLToPath(new URL("../../bin/porthole", import.meta.url));
const options = { ...needsRoot, timeout: 100_000 };
const nodePort = 30_080;
const virtualAddress = "10.9.0.100";
const clientAddress = "10.9.0.2";

/** On a busy machine a probe takes its time; a node whose port is closed is out after the tenth. */
const patient = ["--check-timeout", "10000", "--fall", "10"];

/** Answers with who it is and whom it sees, and ends the connection unless the client is who keeps its own; then each line gets an answer. */
const server = `require("net").createServer((s) => { s.on("error", () => {}); s.write(process.argv[1] + " " + String(s.remoteAddress).replace("::ffff:", ""));
  s.on("data", () => s.write("here")); s.on("end", () => s.end()); }).listen(${nodePort}, () => console.log("ready"));`;

/** Keeps one connection, sends what it reads and prints what comes, and how the connection ended. */
const keeper = `const s = require("net").connect({ host: process.argv[1], port: 80 }); process.stdin.on("data", (d) => s.write(d));
  s.on("data", (d) => console.log(String(d))); s.on("error", (e) => console.log(e.code)); s.on("close", () => process.exit());`;

/** Connects once from each of the ports, one after the other, and prints what was answered as JSON. */
const client = `const [, host, first, count] = process.argv; const net = require("net");
const ask = (port) => new Promise((resolve) => { let text = ""; const s = net.connect({ host, port: 80, localPort: port }); s.setTimeout(3000, () => s.destroy());
  s.on("data", (d) => { text += d; s.end(); }); s.on("error", (e) => { text = e.code; }); s.on("close", () => resolve(text)); });
(async () => { const all = []; for (let i = 0; i < count; i++) all.push(await ask(Number(first) + i)); console.log(JSON.stringify(all)); })();`;

/** Connects once from each of the addresses, one after the other, and prints what was answered as JSON. */
const clients = `const [, host, ...addresses] = process.argv; const net = require("net");
const ask = (localAddress) => new Promise((resolve) => { let text = ""; const s = net.connect({ host, port: 80, localAddress }); s.setTimeout(3000, () => s.destroy());
  s.on("data", (d) => { text += d; s.end(); }); s.on("error", (e) => { text = e.code; }); s.on("close", () => resolve(text)); });
(async () => { const all = []; for (const address of addresses) all.push(await ask(address)); console.log(JSON.stringify(all)); })();`;

interface World {
  readonly balancer: Machine;
  readonly nodes: readonly ChildProcess[];
  readonly client: NetworkNamespace;
  start(...flags: readonly string[]): ChildProcess;
  /** What was answered to connections from so many source ports, in their order. */
  ask(count: number, first?: number): Promise<readonly string[]>;
  /** What was answered to so many clients of a network, in their order, each with an address of its own. */
  askFrom(count: number, network: number): Promise<readonly string[]>;
  /** A client that keeps its connection; resolves with what came next after it has sent something, or with what came first. */
  keep(): Promise<{ readonly first: string; ask(): Promise<string> }>;
  /** Only these nodes are left in the file. */
  setNodes(nodes: string): void;
  /**
   * Resolves when all nodes are known to be well, and get connections: one of which nothing is known yet gets none while others are well.
   * `probe` asks from enough places that each node is met; one client if it is absent.
   */
  untilServed(probe?: (round: number) => Promise<readonly string[]>): Promise<void>;
}

/** A client behind the balancer, which is the only way from its network to the nodes'. */
async function makeWorld(
  t: TestContext,
  nodes = "[192.168.0.2, 192.168.0.3, 192.168.0.4]",
  more = "",
): Promise<World> {
  const [balancer, ...nodeMachines] = (await makeLan(t, 4)) as [Machine, ...Machine[]];
  const outside = await testNamespace(t);
  const ip = (namespace: NetworkNamespace, command: string) => runIn(namespace, "ip", ...command.split(" "));
  ip(balancer.namespace, `link add eth1 type veth peer name eth0 netns ${outside.name}`);
  ip(balancer.namespace, "link set eth1 up");
  for (const address of ["10.9.0.1", virtualAddress])
    ip(balancer.namespace, `address add ${address}/24 dev eth1`);
  ip(outside, `address add ${clientAddress}/24 dev eth0`);
  for (const link of ["lo", "eth0"]) ip(outside, `link set ${link} up`);
  ip(outside, "route add default via 10.9.0.1");
  const inNamespace = (namespace: NetworkNamespace, ...command: readonly [string, ...string[]]) => {
    const [program, ...args] = command;
    const child = namespace.run(() =>
      spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], detached: true }),
    );
    t.after(() => killGroup(child));
    return child;
  };
  const servers = nodeMachines.map(({ namespace, number }) => {
    ip(namespace, "route add 10.9.0.0/24 via 192.168.0.1");
    return inNamespace(namespace, process.execPath, "-e", server, `node-${number}`);
  });
  for (const { stdout } of servers) await once(stdout ?? assert.fail(), "data");
  const folder = mkdtempSync(join(tmpdir(), "pt-kernel-lb-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "lb.yaml");
  const setNodes = (all: string) =>
    writeFileSync(
      file,
      `nodes: ${all}\nfrontends: [{name: web, address: ${virtualAddress}, port: 80, nodePort: ${nodePort}${more}}]\n`,
    );
  setNodes(nodes);
  const count = nodes.split("192.").length - 1;
  const ask = async (count: number, first = 20_000) => {
    const args = ["-e", client, virtualAddress, String(first), String(count)];
    const { stdout } = await outside.run(() => run(process.execPath, args));
    return JSON.parse(stdout) as readonly string[];
  };
  return {
    balancer,
    nodes: servers,
    client: outside,
    start: (...flags) =>
      inNamespace(
        balancer.namespace,
        porthole,
        "lb",
        ...["--config", file, "--mode", "nftables", "--slow-start", "0", ...patient, ...flags],
      ),
    ask,
    async askFrom(count, network) {
      const addresses = Array.from({ length: count }, (_, index) => `10.9.${network}.${index + 1}`);
      for (const address of addresses) ip(outside, `address replace ${address}/32 dev lo`);
      ip(balancer.namespace, `route replace 10.9.${network}.0/24 via ${clientAddress}`);
      const { stdout } = await outside.run(() =>
        run(process.execPath, ["-e", clients, virtualAddress, ...addresses]),
      );
      return JSON.parse(stdout) as readonly string[];
    },
    setNodes,
    async keep() {
      const child = inNamespace(outside, process.execPath, "-e", keeper, virtualAddress);
      const said = async () => String((await once(child.stdout ?? assert.fail(), "data"))[0]).trim();
      return {
        first: await said(),
        async ask() {
          const answer = said();
          child.stdin?.write("x");
          return answer;
        },
      };
    },
    async untilServed(probe = () => ask(40, 10_000)) {
      const status = () => balancer.namespace.run(() => run(porthole, ["lb", "status"]));
      for (;;) {
        const { stdout } = await status().catch(() => ({ stdout: "" }));
        if (stdout.match(/ healthy /g)?.length === count) break;
      }
      for (let round = 0; new Set((await probe(round)).map(nodeOf)).size < count; round++) await nextTurn();
    },
  };
}

const nodeOf = (answer: string) => answer.split(" ")[0] ?? "";

for (const [flag, seen, words] of [
  ["masquerade", "192.168.0.1", "the balancer's address"],
  ["keep", clientAddress, "the client's own address"],
] as const) {
  test(`in the kernel with --source-address ${flag} nodes see ${words}`, options, async (t) => {
    const { start, untilServed, ask } = await makeWorld(t);
    start("--source-address", flag);
    await untilServed();
    const answers = await ask(40);
    assert.deepEqual([...new Set(answers.map((answer) => answer.split(" ")[1]))], [seen]);
    assert.deepEqual([...new Set(answers.map(nodeOf))].sort(), ["node-2", "node-3", "node-4"]);
  });
}

test(
  "another balancer leads each flow to the same node, and a node that dies moves its own flows alone",
  options,
  async (t) => {
    const { balancer, nodes, start, untilServed, ask } = await makeWorld(t);
    const first = start();
    await untilServed();
    const before = (await ask(60)).map(nodeOf);
    const ended = once(first, "exit");
    killGroup(first);
    await ended;
    runIn(balancer.namespace, "nft", "flush", "ruleset");
    runIn(balancer.namespace, "conntrack", "-F");
    start();
    await untilServed();
    assert.deepEqual((await ask(60)).map(nodeOf), before);
    killGroup(nodes[1] ?? assert.fail());
    let after = before;
    while (after.some((node) => node !== "node-2" && node !== "node-4")) after = (await ask(60)).map(nodeOf);
    const moved = after.filter((node, flow) => before[flow] !== "node-3" && node !== before[flow]);
    // Entries of others move when one leaves, up to 12 in 100; the hash is the same each time.
    assert.ok(moved.length <= 60 * 0.12, `${moved.length} of 60 flows of other nodes moved`);
  },
);

test("what goes through the kernel is counted", options, async (t) => {
  const { balancer, start, untilServed, ask } = await makeWorld(t);
  start();
  await untilServed();
  const connections = async () => {
    const args = ["-sf", "http://127.0.0.1:10261/metrics"];
    const { stdout } = await balancer.namespace.run(() => run("curl", args));
    return Number(/^porthole_lb_frontend_connections_total\{.*\} (\d+)$/m.exec(stdout)?.[1]);
  };
  const before = await connections();
  await ask(25);
  assert.equal((await connections()) - before, 25);
});

test("weights count", options, async (t) => {
  const nodes = "[{address: 192.168.0.2, weight: 4}, {address: 192.168.0.3, weight: 1}]";
  const { start, untilServed, ask } = await makeWorld(t, nodes);
  start();
  await untilServed();
  const heavy = (await ask(200)).filter((answer) => nodeOf(answer) === "node-2").length;
  // The hash is the same each time: four fifths of 200, give or take what 200 throws would.
  assert.ok(
    heavy > 140 && heavy < 180,
    `${heavy} of 200 went to the node of weight 4 beside one of weight 1`,
  );
});

test(
  "with affinity clients are led by weight, and each to the same node by another balancer, too",
  options,
  async (t) => {
    const nodes = "[{address: 192.168.0.2, weight: 4}, {address: 192.168.0.3, weight: 1}]";
    const { balancer, start, untilServed, askFrom } = await makeWorld(t, nodes, ", affinitySeconds: 600");
    // A client that came while one node was not known yet stays with the other one.
    const untilBothServe = () => untilServed((round) => askFrom(40, 100 + round));
    const askAll = async () => (await askFrom(100, 1)).map(nodeOf);
    const first = start();
    await untilBothServe();
    const before = await askAll();
    const heavy = before.filter((node) => node === "node-2").length;
    // The hash is the same each time: four fifths of 100, give or take what 100 throws would.
    assert.ok(
      heavy > 65 && heavy < 95,
      `${heavy} of 100 clients went to the node of weight 4 beside one of 1`,
    );
    assert.deepEqual(await askAll(), before);
    const text = runIn(balancer.namespace, "nft", "list", "ruleset");
    assert.match(text, /jhash ip saddr mod 1021 seed /);
    assert.equal(runIn(balancer.namespace, "nft", "--check", `flush ruleset\n${text}`), "");
    const ended = once(first, "exit");
    killGroup(first);
    await ended;
    runIn(balancer.namespace, "nft", "flush", "ruleset");
    runIn(balancer.namespace, "conntrack", "-F");
    start();
    await untilBothServe();
    assert.deepEqual(await askAll(), before);
  },
);

test("when the balancer ends, connections go on and new ones are refused", options, async (t) => {
  const { start, untilServed, ask, keep } = await makeWorld(t);
  const balancing = start();
  await untilServed();
  const kept = await keep();
  assert.match(kept.first, /^node-/);
  const ended = once(balancing, "exit");
  process.kill(balancing.pid ?? 0, "SIGTERM");
  await ended;
  assert.equal(await kept.ask(), "here");
  assert.deepEqual(await ask(3, 30_000), ["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
});

for (const [drain, answer, words] of [
  ["600", "here", "go on while it drains"],
  ["0", "ECONNRESET", "are reset when its time is over"],
] as const) {
  test(`connections to a node that leaves ${words}`, options, async (t) => {
    const { start, untilServed, ask, keep, setNodes } = await makeWorld(t);
    start("--drain", drain);
    await untilServed();
    const kept = await keep();
    const left = `192.168.0.${nodeOf(kept.first).replace("node-", "")}`;
    const rest = ["192.168.0.2", "192.168.0.3", "192.168.0.4"].filter((node) => node !== left);
    setNodes(`[${rest.join(", ")}]`);
    while ((await ask(40)).map(nodeOf).includes(nodeOf(kept.first))) await nextTurn();
    let said = await kept.ask();
    while (drain === "0" && said === "here") said = await kept.ask();
    assert.equal(said, answer);
  });
}
