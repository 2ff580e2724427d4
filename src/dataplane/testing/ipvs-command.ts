/** `ipvsadm` and `ip` in a node's namespace: others' hands, and the tests' own eyes, on the dataplane's virtual servers. */
import { execFileSync } from "node:child_process";
import type { Disturbance } from "../conformance-harness.ts";
import { nftDisturbances, wipePorthole } from "./nft-command.ts";
import type { NodeWorld } from "./node-world.ts";

const table = "porthole-ipvs";
/** The rule and the route that lead marked packets to the node. */
const removeDelivery = [
  "ip -4 rule delete priority 90",
  "ip -6 rule delete priority 90",
  "ip -4 route flush table 30000",
  "ip -6 route flush table 30000",
];

/** Runs a command on the node and returns what it prints. Throws with what it says. */
export function runOnNode({ namespaces }: NodeWorld, command: string): string {
  return execFileSync("ip", ["netns", "exec", namespaces.node, ...command.split(" ")], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Removes all that the dataplane has left on the node. */
export function wipeIpvs(world: NodeWorld): void {
  wipePorthole(world, table);
  runOnNode(world, "ipvsadm --clear");
  const rules = runOnNode(world, "ip -4 rule show priority 90");
  if (rules !== "") for (const command of removeDelivery) runOnNode(world, command);
}

/** What others may do to it. */
export function ipvsDisturbances(world: NodeWorld): ReadonlyMap<string, Disturbance> {
  const run = (...commands: readonly string[]): Disturbance => ({
    run: async () => {
      for (const command of commands) runOnNode(world, command);
    },
    endsConnections: true,
  });
  return new Map([
    ...nftDisturbances(world, table),
    ["all virtual servers removed", run("ipvsadm --clear")],
    ["the rule and the route to the node deleted", run(...removeDelivery)],
  ]);
}
