/** Machines on one switch, each a network namespace, and programs that run on them. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connectWithin } from "../../../kernel/connect-within.ts";
import { requireLibc } from "../../../kernel/ffi.ts";
import type { NetworkNamespace } from "../../../kernel/index.ts";
import { ipJson, runIn, testNamespace } from "../../../kernel/testing/kernel-test.ts";
import type { VirtualRouter } from "../virtual-router.ts";

export interface Machine {
  readonly namespace: NetworkNamespace;
  readonly number: number;
}

/** Machine N has 192.168.0.N, fd00::N and fe80::N on `eth0`, in use at once. */
export async function makeLan(t: TestContext, count: number): Promise<readonly Machine[]> {
  const lan = await testNamespace(t);
  runIn(lan, "ip", "link", "add", "br0", "type", "bridge");
  runIn(lan, "ip", "link", "set", "br0", "up");
  const machines: Machine[] = [];
  for (let number = 1; number <= count; number += 1) {
    const namespace = await testNamespace(t);
    const cable = `p${number}`;
    runIn(
      lan,
      "ip",
      "link",
      "add",
      cable,
      "master",
      "br0",
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      namespace.name,
    );
    runIn(lan, "ip", "link", "set", cable, "up");
    runIn(namespace, "ip", "link", "set", "eth0", "addrgenmode", "none");
    for (const link of ["lo", "eth0"]) runIn(namespace, "ip", "link", "set", link, "up");
    runIn(namespace, "ip", "address", "add", `192.168.0.${number}/24`, "dev", "eth0");
    for (const prefix of ["fd00::", "fe80::"])
      runIn(namespace, "ip", "address", "add", `${prefix}${number}/64`, "dev", "eth0", "nodad");
    const server = createServer((socket) => {
      // A client that was led elsewhere in the middle never says goodbye.
      socket.unref().on("error", () => socket.destroy());
      socket.end(String(number));
    });
    namespace.run(() => server.listen(port).unref());
    t.after(() => server.close());
    machines.push({ namespace, number });
  }
  return machines;
}

const port = 8080;

/** Returns the number of the machine that answers a TCP connection from `client`. Throws if nobody does within 3 s. */
export async function whoAnswers({ namespace }: Machine, address: string): Promise<number> {
  const script = `exec 3<>/dev/tcp/${address}/${port} && cat <&3`;
  const { stdout } = await namespace.run(() =>
    promisify(execFile)("bash", ["-c", script], { timeout: 3_000 }),
  );
  return Number(stdout);
}

/** Listens on all addresses of a machine, and says its number before each word that it is told. */
export function serveWords(t: TestContext, { namespace, number }: Machine, port: number): void {
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (word) => socket.write(`${number} ${word}`));
  });
  namespace.run(() => server.listen(port));
  t.after(() => server.close());
}

/** Resolves when it is connected. The other side may end its half first. */
export async function openConnection(
  t: TestContext,
  { namespace }: Machine,
  address: string,
  port: number,
): Promise<Socket> {
  const socket = connectWithin(await requireLibc(), namespace, { host: address, port });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

const answerMs = 10_000;

/** Says a word and resolves with what is answered. Rejects if the connection is reset, or nothing comes for 10 s. */
export async function ask(socket: Socket, word: string): Promise<string> {
  socket.write(word);
  const [answer] = await once(socket, "data", { signal: AbortSignal.timeout(answerMs) });
  return String(answer);
}

export function hasAddress({ namespace }: Machine, address: string): boolean {
  return ipJson(namespace, "address", "show", "dev", "eth0")[0].addr_info.some(
    ({ local }: { local: string }) => local === address,
  );
}

/** Resolves when the machine has the address, or not. `ip monitor` says when to look again. */
export async function untilAddress(machine: Machine, address: string, there: boolean): Promise<void> {
  const monitor = machine.namespace.run(() =>
    spawn("ip", ["monitor", "address"], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  try {
    const lines = createInterface({ input: monitor.stdout })[Symbol.asyncIterator]();
    // It listens as soon as it prints; until the first event of anybody it cannot be known, so one is made.
    const nudge = () => runIn(machine.namespace, "ip", "address", "replace", "127.9.9.9/32", "dev", "lo");
    const nudging = setInterval(nudge, 200);
    try {
      while (hasAddress(machine, address) !== there) await lines.next();
    } finally {
      clearInterval(nudging);
    }
  } finally {
    monitor.kill();
  }
}

/** A process of ours that shares addresses on a machine. */
export interface VrrpProcess {
  readonly child: ChildProcess;
  /** Resolves when it has told that its router is in the state. */
  until(state: string): Promise<void>;
}

const program = fileURLToPath(new URL("./vrrp-program.ts", import.meta.url));

export function startVrrp(t: TestContext, machine: Machine, routers: readonly VirtualRouter[]): VrrpProcess {
  const child = machine.namespace.run(() =>
    spawn(process.execPath, [program, JSON.stringify(routers)], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  t.after(() => child.kill("SIGKILL"));
  const seen: string[] = [];
  let wake = () => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    seen.push(line);
    wake();
  });
  child.on("exit", () => {
    seen.push("ended");
    wake();
  });
  return {
    child,
    async until(state) {
      while (seen.at(-1) !== state) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

export interface KeepalivedRouter {
  readonly vrid: number;
  readonly address: string;
  readonly priority: number;
}

/** Starts keepalived on a machine, with one router. */
export function startKeepalived(t: TestContext, machine: Machine, router: KeepalivedRouter): ChildProcess {
  const folder = mkdtempSync(join(tmpdir(), "pt-keepalived-"));
  const file = join(folder, "keepalived.conf");
  writeFileSync(
    file,
    `global_defs {
  vrrp_version 3
}
vrrp_instance one {
  state BACKUP
  interface eth0
  virtual_router_id ${router.vrid}
  priority ${router.priority}
  advert_int 0.2
  virtual_ipaddress { ${router.address} }
}
`,
  );
  const pids = ["-p", join(folder, "pid"), "-r", join(folder, "vrrp-pid")];
  const child = machine.namespace.run(() =>
    spawn("keepalived", ["-n", "-l", "-P", ...pids, "-f", file], { stdio: "ignore", detached: true }),
  );
  t.after(() => {
    killGroup(child);
    rmSync(folder, { recursive: true, force: true });
  });
  return child;
}

/** Ends a program and what it started, at once; keepalived would start its other process again. */
export function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The link-layer address that a machine knows for a neighbour; undefined if it knows none. */
export function neighbourOf({ namespace }: Machine, address: string): string | undefined {
  return ipJson(namespace, "neighbour", "show", "to", address)[0]?.lladdr;
}

export function linkLayerAddress({ namespace }: Machine): string {
  return ipJson(namespace, "link", "show", "dev", "eth0")[0].address;
}
