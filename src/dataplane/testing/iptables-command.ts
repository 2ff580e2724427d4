/** The `iptables` programs in a node's namespace: others' hands, and the tests' own eyes, on the dataplane's rules. */
import { execFileSync } from "node:child_process";
import type { Disturbance } from "../conformance-harness.ts";
import type { Variant } from "../iptables/iptables-programs.ts";
import type { NodeWorld } from "./node-world.ts";

const programs = ["iptables", "ip6tables"] as const;
/** Makes chains that only the dataplane looks after vanish, as `iptables -F` and `-X` do. */
const tables = ["nat", "filter"] as const;

export function iptablesHost(variant: Variant): URL {
  return new URL(`./iptables-${variant}-host.ts`, import.meta.url);
}

/** Why there is no iptables, or false. Throws where CI=true. */
export function whyNoIptables(): string | false {
  try {
    for (const variant of ["nft", "legacy"])
      execFileSync(`iptables-${variant}`, ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    const reason = "iptables is not installed (Debian package iptables)";
    if (process.env.CI === "true") throw new Error(`CI must test with iptables: ${reason}`);
    return reason;
  }
}

/** Runs one command on the node and returns what it prints. Throws with what it says. */
export function runIptables({ namespaces }: NodeWorld, command: string, ...args: readonly string[]): string {
  return execFileSync("ip", ["netns", "exec", namespaces.node, command, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Removes all rules and chains of the variant, whoever made them. */
export function flushIptables(world: NodeWorld, variant: Variant): void {
  for (const program of programs) {
    for (const table of tables) {
      for (const what of ["-F", "-X"]) runIptables(world, `${program}-${variant}`, "-w", "-t", table, what);
    }
  }
}

/** What others may do to the dataplane's rules. */
export function iptablesDisturbances(world: NodeWorld, variant: Variant): ReadonlyMap<string, Disturbance> {
  const onBoth =
    (...args: readonly string[]) =>
    async () => {
      for (const program of programs) runIptables(world, `${program}-${variant}`, "-w", ...args);
    };
  return new Map([
    ["all rules flushed", { run: async () => flushIptables(world, variant) }],
    ["the way in removed", { run: onBoth("-t", "nat", "-F", "PREROUTING") }],
    ["a chain emptied", { run: onBoth("-t", "nat", "-F", "PORTHOLE-NODEPORTS") }],
  ]);
}
