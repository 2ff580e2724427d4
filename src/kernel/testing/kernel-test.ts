/** What tests on the real kernel share: who may run them, namespaces of their own, a second opinion, leaked descriptors. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import type { TestContext } from "node:test";
import {
  createNetworkNamespace,
  deleteNetworkNamespace,
  type NetworkNamespace,
} from "../network-namespace.ts";

/** Options of a test that needs root on Linux: it is skipped elsewhere with the reason, but in CI it runs and fails. */
export const needsRoot = {
  skip:
    process.env.CI !== "true" &&
    (process.platform !== "linux" || process.getuid?.() !== 0) &&
    "needs root on Linux, for network namespaces of its own",
};

let made = 0;

/** Makes a namespace that is deleted after the test, `pt-<pid>-<number>`. */
export async function testNamespace(t: TestContext): Promise<NetworkNamespace> {
  made += 1;
  const name = `pt-${process.pid}-${made}`;
  const namespace = await createNetworkNamespace(name);
  t.after(async () => {
    namespace[Symbol.dispose]();
    await deleteNetworkNamespace(name);
  });
  return namespace;
}

/** Runs a program in a namespace, to its end, and returns what it printed. */
export function runIn(namespace: NetworkNamespace, command: string, ...args: string[]): string {
  return namespace.run(() => execFileSync(command, args, { encoding: "utf8", stdio: "pipe" }));
}

/** What `ip -j` says in a namespace. */
// biome-ignore lint/suspicious/noExplicitAny: another program's JSON, of which each test looks at a few fields
export function ipJson(namespace: NetworkNamespace, ...args: string[]): any {
  return JSON.parse(runIn(namespace, "ip", "-j", ...args) || "[]");
}

/** Fails if `run` leaves a descriptor of the process open. */
export async function withoutLeaks(run: () => Promise<void>): Promise<void> {
  // What is opened once for the process's whole life, such as the signal pipe, is open after a first run.
  await run();
  const before = openFiles();
  await run();
  await run();
  assert.deepEqual(openFiles(), before);
}

/** Descriptors by kind: sockets and pipes have numbers of their own each time. */
function openFiles(): readonly string[] {
  return readdirSync("/proc/self/fd")
    .flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`).replace(/\[\d+\]/, "")];
      } catch {
        return [];
      }
    })
    .sort();
}
