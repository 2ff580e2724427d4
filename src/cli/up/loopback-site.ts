/** Nodes as loopback addresses of this machine: needs no privileges. */
import { existsSync } from "node:fs";
import { requireFreeNodes } from "./free-addresses.ts";
import { loadBalancerRange, networkFile, planNodes } from "./plan.ts";
import type { Site } from "./site.ts";

/** The cluster addresses of the local cluster are loopback addresses too, so that they answer on this machine. */
const serviceRange = "127.96.0.0/16";

/** Throws an error that says who holds a node's address, or what else the data directory is for. */
export async function openLoopbackSite(count: number, dataDir: string): Promise<Site> {
  if (existsSync(networkFile(dataDir)))
    throw new Error(
      `Cannot use ${dataDir}: the nodes of the cluster in it are network namespaces. Add --dataplane nftables, or name another --data-dir`,
    );
  const nodes = planNodes(count);
  await requireFreeNodes(nodes);
  return {
    nodes,
    apiHost: "127.0.0.1",
    serviceRange,
    loadBalancerRange: loadBalancerRange(count),
    proxy: "userspace",
    hints: [],
    enter: (_component, start) => start(),
    remove: async () => {},
  };
}
