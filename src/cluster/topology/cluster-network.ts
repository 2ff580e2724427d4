/**
 * The network of a local cluster on namespaces, both families in each:
 *
 *     host 10.200.0.1 --+            +-- node-1 10.200.0.11 --- its pods 10.200.1.0/24
 *                       +-- switch --+-- node-2 10.200.0.12 --- its pods 10.200.2.0/24
 *   client 10.200.0.250-+            +-- …
 *
 * `switch` is a bridge in a namespace of its own. The host has one link more than before, and routes to the pods through it.
 */
import {
  createNetworkNamespace,
  isNetlinkError,
  type NetworkNamespace,
  openRouteControl,
  type RouteControl,
  readSysctl,
} from "../../kernel/index.ts";
import {
  type AddressPlan,
  clusterIndexes,
  type NodeAddresses,
  onLinkPrefix,
  planAddresses,
} from "./address-plan.ts";
import { namespaceName } from "./cluster-name.ts";
import { freeIndexes } from "./free-index.ts";
import { addressLink, linkOf, prepareNamespace, setUp } from "./namespace-parts.ts";
import { hostLinkName, removeCluster, switchRole } from "./remove-clusters.ts";

export interface ClusterNetwork {
  readonly plan: AddressPlan;
  /** Calls `start` inside a node's namespace: what it spawns runs there. */
  enterNode<T>(node: string, start: () => T): T;
  /** Removes it all, and ends what still runs in it. */
  remove(): Promise<void>;
}

export interface ClusterNetworkOptions {
  /** What the namespaces' names begin with; see cluster-name.ts. */
  readonly cluster: string;
  readonly nodes: readonly string[];
  /** The addresses that the cluster had before; any free ones if absent. */
  readonly index?: number;
}

/** The namespace of the outside client. */
export const clientRole = "client";
const bridgeName = "nodes";
const nodeLinkName = "eth0";

/** Makes the network. Throws, with what to do, without the privileges for it or when no addresses are free; then nothing is left. */
export async function makeClusterNetwork(options: ClusterNetworkOptions): Promise<ClusterNetwork> {
  const namespaces = new Map<string, NetworkNamespace>();
  const remove = async () => {
    for (const namespace of namespaces.values()) namespace[Symbol.dispose]();
    namespaces.clear();
    await removeCluster(options.cluster);
  };
  try {
    const plan = await build(options, namespaces);
    return {
      plan,
      remove,
      enterNode(node, start) {
        const namespace = namespaces.get(node);
        if (!namespace) throw new RangeError(`No node is called "${node}"`);
        return namespace.run(start);
      },
    };
  } catch (error) {
    await remove();
    throw explain(error);
  }
}

async function build(
  { cluster, nodes, index }: ClusterNetworkOptions,
  namespaces: Map<string, NetworkNamespace>,
): Promise<AddressPlan> {
  const open = async (role: string, forwards: boolean) => {
    const namespace = await createNetworkNamespace(namespaceName(cluster, role));
    namespaces.set(role, namespace);
    prepareNamespace(namespace, { forwards });
    return namespace;
  };
  await using host = await openRouteControl();
  const joining = await open(switchRole, false);
  await using bridge = await openRouteControl(joining);
  const withIPv6 = readSysctl("net/ipv6/conf/all/disable_ipv6") === "0";
  const plan = await linkHost(host, joining, { index, withIPv6 });
  await bridge.addLink({ kind: "bridge", name: bridgeName });
  const bridgeIndex = await linkOf(bridge, bridgeName);
  await setUp(bridge, bridgeIndex);
  await joinBridge(bridge, hostLinkName, bridgeIndex);

  const machine = async (role: string, addresses: readonly string[], forwards: boolean) => {
    const namespace = await open(role, forwards);
    const peer = { name: nodeLinkName, namespace: namespace.fd };
    await bridge.addLink({ kind: "veth", name: role, peer });
    await joinBridge(bridge, role, bridgeIndex);
    const control = await openRouteControl(namespace);
    await setUp(control, await linkOf(control, "lo"));
    await addressLink(control, nodeLinkName, addresses.map(onLinkPrefix));
    for (const [family, via] of plan.host.entries())
      await control.addRoute({ destination: family === 0 ? "0.0.0.0/0" : "::/0", via });
    return control;
  };
  const planned = nodes.map((name, at) => ({ name, ...plan.node(at + 1) }));
  for (const { name, addresses } of planned) {
    await using control = await machine(name, addresses, true);
    await routeToPods(
      control,
      planned.filter((other) => other.name !== name),
    );
  }
  await using _client = await machine(clientRole, plan.client, false);
  const balanced = plan.loadBalancer.flatMap(({ addresses }) => addresses);
  await addressLink(host, hostVethName(plan.index), [...plan.host, ...balanced].map(onLinkPrefix));
  await routeToPods(host, planned);
  return plan;
}

/** The name claims the addresses: two clusters that start at the same moment cannot both have it. */
function hostVethName(index: number): string {
  return `porthole${index}`;
}

async function linkHost(
  host: RouteControl,
  joining: NetworkNamespace,
  { index, withIPv6 }: { readonly index: number | undefined; readonly withIPv6: boolean },
): Promise<AddressPlan> {
  const families = withIPv6 ? (["IPv4", "IPv6"] as const) : (["IPv4"] as const);
  const routes = (await Promise.all(families.map((family) => host.listRoutes(family)))).flat();
  const free = freeIndexes(
    routes.map(({ destination }) => destination),
    withIPv6,
  );
  for (const candidate of free.filter((one) => index === undefined || one === index)) {
    try {
      const peer = { name: hostLinkName, namespace: joining.fd };
      await host.addLink({ kind: "veth", name: hostVethName(candidate), peer });
      return planAddresses(candidate, withIPv6);
    } catch (error) {
      if (!isNetlinkError(error, "EEXIST")) throw error;
    }
  }
  const wanted = planAddresses(index ?? clusterIndexes[0] ?? 0, withIPv6).prefixes.join(" and ");
  throw new Error(
    index === undefined
      ? `No addresses are left for the nodes: this machine has routes to ${wanted} and to all others that a cluster may have. Remove some, or end other local clusters`
      : `Cannot use ${wanted}, the addresses that the nodes in this data directory have: this machine has a route there, or another local cluster uses them. End that one, or name another --data-dir`,
  );
}

async function joinBridge(bridge: RouteControl, port: string, bridgeIndex: number): Promise<void> {
  await bridge.changeLink(await linkOf(bridge, port), { masterIndex: bridgeIndex, up: true });
}

async function routeToPods(control: RouteControl, nodes: readonly NodeAddresses[]): Promise<void> {
  for (const { addresses, podCidrs } of nodes)
    for (const [family, via] of addresses.entries())
      await control.addRoute({ destination: podCidrs[family] ?? "", via });
}

function explain(error: unknown): unknown {
  const { code } = error as { readonly code?: unknown };
  if (code !== "EPERM" && code !== "EACCES") return error;
  return new Error(
    "Cannot give each node a network namespace: that needs root. Run this as root, or leave out --dataplane nftables",
    { cause: error },
  );
}
