/** Parts of a cluster, each a process of its own in a namespace that plays the host. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { HostNamespace } from "./host-namespace.ts";
import { porthole } from "./local-cluster.ts";

export interface HostProcesses {
  /** `porthole ARGS…`; what it logs as an error is seen. */
  start(...args: readonly string[]): ChildProcess;
  /** Any program; what it says is not seen. */
  run(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  /** Ends all that still run, those that were started last first. */
  end(): Promise<void>;
}

export function openHostProcesses(host: HostNamespace): HostProcesses {
  const children: ChildProcess[] = [];
  const spawnThere = (
    program: string,
    args: readonly string[],
    seen: "inherit" | "ignore",
    env = process.env,
  ) => {
    const child = host.enter(() => spawn(program, args, { stdio: ["ignore", "ignore", seen], env }));
    children.push(child);
    return child;
  };
  return {
    start: (...args) => spawnThere(porthole, [...args, "--log-level", "error"], "inherit"),
    run: (program, args, env) => spawnThere(program, args, "ignore", env),
    async end() {
      for (const child of children.reverse()) await endProcess(child, "SIGTERM");
    },
  };
}

/** Resolves once the process has ended. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

const retryMs = 100;

/** Tries until it succeeds; rejects with the last failure after some 10 s, and what the attempts took. */
export async function untilSucceeds(attempt: () => Promise<unknown>, retries = 100): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (retries === 0) throw error;
    await delay(retryMs);
    await untilSucceeds(attempt, retries - 1);
  }
}
