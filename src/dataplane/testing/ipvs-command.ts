/** `ipvsadm` and `ip` in a node's namespace: others' hands, and the tests' own eyes, on the dataplane's virtual servers. */
import { execFileSync } from "node:child_process";
import type { Disturbance } from "../conformance-harness.ts";
import { nftDisturbances, wipePorthole } from "./nft-command.ts";
import type { NodeWorld } from "./node-world.ts";

const table = "porthole-ipvs";
const deleteLink = "ip link delete porthole0";

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
  if (runOnNode(world, "ip -brief link show type dummy").includes("porthole0")) runOnNode(world, deleteLink);
}

/** What others may do to it. */
export function ipvsDisturbances(world: NodeWorld): ReadonlyMap<string, Disturbance> {
  const run = (command: string): Disturbance => ({
    run: async () => {
      runOnNode(world, command);
    },
    endsConnections: true,
  });
  return new Map([
    ...nftDisturbances(world, table),
    ["all virtual servers removed", run("ipvsadm --clear")],
    ["the link of the addresses deleted", run(deleteLink)],
  ]);
}
