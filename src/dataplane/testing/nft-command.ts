/** The `nft` command in a node's namespace: others' hands, and the tests' own eyes, on the dataplane's tables. */
import { execFileSync } from "node:child_process";
import type { Disturbance } from "../conformance-harness.ts";
import type { NodeWorld } from "./node-world.ts";
import type { NamespaceRole } from "./world-topology.ts";

/** Why rules cannot be loaded with `nft`, or false. Throws where CI=true. */
export function whyNoNft(): string | false {
  try {
    execFileSync("nft", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    const reason = "nft is not installed (Debian package nftables)";
    if (process.env.CI === "true") throw new Error(`CI must test with nft: ${reason}`);
    return reason;
  }
}

/** Runs `nft` commands on the node or elsewhere, all or none, and returns what it prints. Throws with what it says. */
export function runNft({ namespaces }: NodeWorld, commands: string, where: NamespaceRole = "node"): string {
  return execFileSync("ip", ["netns", "exec", namespaces[where], "nft", "-f", "-"], {
    input: commands,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
}

const families = ["ip", "ip6"] as const;

/** Removes a dataplane's tables. */
export function wipePorthole(world: NodeWorld, name = "porthole"): void {
  const tables = families.map((family) => `${family} ${name}`);
  runNft(world, tables.map((table) => `table ${table}\ndelete table ${table}`).join("\n"));
}

/** What others may do to a dataplane's tables. */
export function nftDisturbances(world: NodeWorld, name = "porthole"): ReadonlyMap<string, Disturbance> {
  const onBoth = (command: (table: string) => string) => async () => {
    runNft(world, families.map((family) => command(`${family} ${name}`)).join("\n"));
  };
  return new Map([
    ["both tables deleted", { run: onBoth((table) => `delete table ${table}`), endsConnections: true }],
    ["all rules flushed", { run: onBoth((table) => `flush table ${table}`) }],
    ["a map emptied", { run: onBoth((table) => `flush map ${table} node-ports`) }],
    [
      "the ruleset flushed",
      {
        run: async () => {
          runNft(world, "flush ruleset");
        },
        endsConnections: true,
      },
    ],
  ]);
}
