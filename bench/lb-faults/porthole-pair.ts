/** `porthole lb` on the machines of a pair. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { porthole } from "../../test/support/local-cluster.ts";
import type { BalancerPrograms } from "./balancer-pair.ts";
import type { Machine } from "./fault-lab.ts";

export interface PortholeOptions {
  readonly kubeconfig: string;
  readonly address: string;
  readonly loadBalancerClass: string;
  readonly flags: readonly string[];
}

export async function startPorthole(
  machine: Machine,
  { kubeconfig, address, loadBalancerClass, flags }: PortholeOptions,
): Promise<BalancerPrograms> {
  const args = [
    ...["--kubeconfig", kubeconfig, "--address-pool", `public=${address}`],
    ...["--load-balancer-class", loadBalancerClass, "--no-default-class", "--status-address", ""],
    ...["--name", machine.address, "--vrrp-interface", "front"],
    ...flags,
  ];
  // With the channel it says when it serves, and ends with this process.
  const child = machine.namespace.run(() =>
    spawn(porthole, ["lb", ...args, "--log-level", "warn"], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  child.send({ kind: "start" });
  await untilReady(child);
  return {
    stop: () => ended(child, "SIGTERM"),
    kill: () => ended(child, "SIGKILL"),
  };
}

/** Rejects if the process ends before. */
async function untilReady(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.on("message", ({ kind }: { kind: string }) => {
    if (kind === "ready") resolve();
  });
  child.once("exit", () => reject(new Error("porthole lb ended before it was ready")));
  await promise;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
