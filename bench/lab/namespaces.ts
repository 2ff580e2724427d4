/** Network namespaces for benches: made with iproute2 between nothing but themselves, and gone afterwards. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  createNetworkNamespace,
  deleteNetworkNamespace,
  type NetworkNamespace,
} from "../../src/kernel/index.ts";
import { findProgram } from "../frame/processes.ts";

export interface Namespaces extends AsyncDisposable {
  create(name: string): Promise<NetworkNamespace>;
  /** Starts a program there whose standard input stays open; it ends when that does. */
  start(place: NetworkNamespace, command: string, args: readonly string[]): ChildProcess;
}

const signals = ["SIGINT", "SIGTERM"] as const;

/** Returns what is missing for benches in namespaces, with what to do. */
export function missingForNamespaces(...programs: readonly string[]): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "it needs root on Linux, for network namespaces of its own";
  const missing = ["ip", ...programs].filter((program) => findProgram(program) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(" and ")} must be installed first`;
}

export function openNamespaces(): Namespaces {
  const made: NetworkNamespace[] = [];
  const programs: ChildProcess[] = [];
  const dispose = async () => {
    for (const signal of signals) process.off(signal, interrupted);
    await Promise.all(programs.map(end));
    for (const namespace of made.splice(0)) {
      namespace[Symbol.dispose]();
      await deleteNetworkNamespace(namespace.name);
    }
  };
  const interrupted = () => void dispose().finally(() => process.exit(1));
  for (const signal of signals) process.once(signal, interrupted);
  return {
    async create(name) {
      const namespace = await createNetworkNamespace(`pt-${process.pid}-${name}`);
      made.push(namespace);
      ip(namespace, "link set lo up");
      return namespace;
    },
    start(place, command, args) {
      const child = place.run(() => spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] }));
      programs.push(child);
      return child;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Runs `ip` there with words that are separated by spaces. */
export function ip(namespace: NetworkNamespace, words: string): void {
  namespace.run(() => execFileSync("ip", words.split(" "), { stdio: ["ignore", "ignore", "inherit"] }));
}

/** A link between two namespaces, with an address (`172.30.1.1/24`) at each end. */
export function link(
  name: string,
  [first, firstAddress]: readonly [NetworkNamespace, string],
  [second, secondAddress]: readonly [NetworkNamespace, string],
): void {
  ip(first, `link add ${name} type veth peer name ${name} netns ${second.name}`);
  for (const [namespace, address] of [
    [first, firstAddress],
    [second, secondAddress],
  ] as const) {
    ip(namespace, `addr add ${address} dev ${name}`);
    ip(namespace, `link set ${name} up`);
  }
}

/** `net/ipv4/ip_forward` */
export function setSysctl(namespace: NetworkNamespace, name: string, value: string): void {
  namespace.run(() => writeFileSync(`/proc/sys/${name}`, value));
}

/** Resolves with the next line that the program prints; rejects if it ends before. */
export async function nextLine({ stdout }: ChildProcess): Promise<string> {
  const lines = createInterface({ input: stdout as NodeJS.ReadableStream });
  const gone = new AbortController();
  lines.once("close", () => gone.abort(new Error("The program ended before it printed a line")));
  const [line] = (await once(lines, "line", { signal: gone.signal })) as [string];
  return line;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.stdin?.end();
  const force = setTimeout(() => child.kill("SIGKILL"), 5000);
  await exited;
  clearTimeout(force);
}
