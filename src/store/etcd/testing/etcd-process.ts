/** A real etcd for tests: one server or several, on loopback, with data of their own that are gone at the end. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface TestEtcd extends AsyncDisposable {
  /** One URL for each member. */
  readonly servers: readonly string[];
  /** Kills the member as hard as can be. */
  kill(member?: number): Promise<void>;
  /** Starts the member again, on its own data. */
  start(member?: number): Promise<void>;
  /** Stops the member's process where it is, or lets it go on. */
  signal(signal: NodeJS.Signals, member?: number): void;
}

export interface TestEtcdOptions {
  readonly members?: number;
  readonly args?: readonly string[];
  /** PEM files of the server. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Why tests with etcd cannot run, or false. On a CI machine they must. */
export const skipWithoutEtcd: string | false = findEtcd()
  ? false
  : "etcd is not installed (Debian: apt-get install etcd-server)";
if (skipWithoutEtcd && process.env.CI === "true") throw new Error(`CI must test etcd: ${skipWithoutEtcd}`);

export async function startEtcd({ members = 1, args = [], tls }: TestEtcdOptions = {}): Promise<TestEtcd> {
  const directory = await mkdtemp(join(tmpdir(), "porthole-etcd-"));
  const ports = await freePorts(members * 2);
  const scheme = tls ? "https" : "http";
  const servers = Array.from({ length: members }, (_, i) => `${scheme}://127.0.0.1:${ports[i]}`);
  const peers = Array.from({ length: members }, (_, i) => `http://127.0.0.1:${ports[members + i]}`);
  const secure = tls ? ["--cert-file", tls.cert, "--key-file", tls.key] : [];
  const processes: ChildProcess[] = [];

  async function launch(member: number): Promise<void> {
    const [server = "", peer = ""] = [servers[member], peers[member]];
    const child = spawn(
      "etcd",
      [
        ...["--name", `m${member}`, "--data-dir", join(directory, `m${member}`)],
        ...["--listen-client-urls", server, "--advertise-client-urls", server],
        ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
        ...["--initial-cluster", peers.map((url, i) => `m${i}=${url}`).join(",")],
        ...["--heartbeat-interval", "50", "--election-timeout", "300"],
        ...secure,
        ...args,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    processes[member] = child;
    let errors = "";
    const ready = Promise.withResolvers<void>();
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors = (errors + text).slice(-4000);
      if (/ready to serve client requests|serving (insecure )?client (requests|traffic)/.test(text))
        ready.resolve();
    });
    child.once("exit", () => ready.reject(new Error(`etcd ended:\n${errors}`)));
    child.once("error", ready.reject);
    await ready.promise;
  }

  async function kill(member: number): Promise<void> {
    const child = processes[member];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  const all = Array.from({ length: members }, (_, member) => member);
  await Promise.all(all.map(launch));
  return {
    servers,
    kill: (member = 0) => kill(member),
    start: (member = 0) => launch(member),
    signal: (signal, member = 0) => void processes[member]?.kill(signal),
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map(kill));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Tries again until it succeeds. */
export async function untilSucceeds<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await delay(20);
    }
  }
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

function findEtcd(): boolean {
  try {
    execFileSync("etcd", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
