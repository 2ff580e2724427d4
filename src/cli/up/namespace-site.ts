/** Nodes as network namespaces of this machine, each with addresses, routes and a kernel dataplane of its own. Needs root. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  type AddressPlan,
  clusterName,
  makeClusterNetwork,
  namespaceName,
  podNamespacePrefix,
  removeDeadClusters,
  runInClient,
} from "../../cluster/topology/index.ts";
import { processStartTime } from "../../kernel/index.ts";
import { apiServerDir, networkFile, nodeName } from "./plan.ts";
import type { Site } from "./site.ts";

/** Throws, with what to do, without the privileges for it, or when the data directory has another kind of nodes. */
export async function openNamespaceSite(count: number, dataDir: string): Promise<Site> {
  const index = readIndex(dataDir);
  await removeDeadClusters();
  const cluster = clusterName({ pid: process.pid, startTime: processStartTime(process.pid) ?? "0" });
  const names = Array.from({ length: count }, (_, at) => nodeName(at + 1));
  const network = await makeClusterNetwork({
    cluster,
    nodes: names,
    ...(index === undefined ? {} : { index }),
  });
  const { plan } = network;
  writeFileSync(networkFile(dataDir), `${JSON.stringify({ index: plan.index })}\n`, { mode: 0o600 });
  const [apiHost = ""] = plan.host;
  return {
    nodes: names.map((name, at) => ({
      name,
      ...plan.node(at + 1),
      podNamespaces: podNamespacePrefix(cluster, name),
    })),
    apiHost,
    serviceRange: plan.serviceRange,
    loadBalancerRange: plan.loadBalancer.map(({ range }) => range).join(","),
    proxy: "nftables",
    hints: hintsFor(plan, cluster),
    enter: (component, start) => (names.includes(component) ? network.enterNode(component, start) : start()),
    runClient: (command) => runInClient(cluster, command),
    remove: () => network.remove(),
  };
}

function hintsFor({ client }: AddressPlan, cluster: string): readonly string[] {
  return [
    `porthole client                  # a shell outside the cluster, at ${client.join(" and ")}`,
    `ip netns exec ${namespaceName(cluster, nodeName(1))} nft list ruleset`,
  ];
}

/** The addresses that the nodes of a kept cluster have cannot change. */
function readIndex(dataDir: string): number | undefined {
  const file = networkFile(dataDir);
  if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { readonly index: number }).index;
  if (!existsSync(apiServerDir(dataDir))) return undefined;
  throw new Error(
    `Cannot use ${dataDir}: the nodes of the cluster in it are loopback addresses. Leave out --dataplane nftables, or name another --data-dir`,
  );
}
