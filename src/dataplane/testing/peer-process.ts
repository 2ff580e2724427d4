/** Starts a script as a process in a network namespace, and speaks with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Caller, createCaller, type Methods } from "./rpc.ts";

export interface PeerProcess<M extends Methods> extends Caller<M> {
  readonly pid: number;
  /** SIGKILL, unless another signal is named; resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** NOTE: `ip netns exec` becomes the script's process, so the pid is the script's. */
export function startPeer<M extends Methods>(namespace: string, script: URL): PeerProcess<M> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn("ip", ["netns", "exec", namespace, process.execPath, fileURLToPath(script)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    env,
  });
  return { ...createCaller<M>(child), pid: child.pid ?? 0, stop: (signal) => stop(child, signal) };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
