/** NodeHost: how the system of one node is set up, and who told of it. */

import type { Node } from "../../api/node.ts";
import type { HostFacts } from "../../api/proxy-report/host-facts.ts";
import { statedAddresses } from "../../proxy/index.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import type { ProxyStatus } from "../forwarding-status.ts";

export interface NodeHost {
  readonly node: string;
  readonly host: HostFacts;
  /** Of the proxy of Porthole that told it; absent where this machine was looked at, on which another proxy forwards. */
  readonly mode?: string;
}

/** What the proxies tell. */
export function hostsOf(proxies: readonly ProxyStatus[]): readonly NodeHost[] {
  return proxies.flatMap(({ node, report }) =>
    report?.host ? [{ node, host: report.host, mode: report.mode }] : [],
  );
}

/** The one node that has one of these addresses; undefined if there is none, or several, which share a machine. Pure. */
export function nodeWith(nodes: readonly Node[], addresses: readonly string[]): Node | undefined {
  const own = new Set(addresses);
  const [node, ...others] = nodes.filter((one) => statedAddresses(one).some((address) => own.has(address)));
  return others.length === 0 ? node : undefined;
}

/**
 * Looks at this machine, if it is a node whose proxy tells nothing: that of somebody else, which is taken to lead packets through the
 * kernel. What this user may not read is left out.
 */
export async function readThisMachine(
  { nodes, services }: Pick<ClusterObjects, "nodes" | "services">,
  proxies: readonly ProxyStatus[],
): Promise<NodeHost | undefined> {
  const { networkInterfaces } = await import("node:os");
  const addresses = Object.values(networkInterfaces()).flatMap((link = []) =>
    link.filter(({ internal }) => !internal).map(({ address }) => address),
  );
  const here = nodeWith(nodes, addresses);
  const node = here?.metadata.name;
  if (!here || node === undefined || proxies.some((proxy) => proxy.node === node && proxy.report))
    return undefined;
  const { readHostFacts } = await import("../../proxy/report/read-host-facts.ts");
  const nodePorts = services.flatMap(({ spec }) =>
    (spec.ports ?? []).flatMap(({ protocol = "TCP", nodePort }) =>
      nodePort === undefined || protocol === "SCTP" ? [] : [{ protocol, port: nodePort }],
    ),
  );
  const podCIDRs = here.spec.podCIDRs ?? [];
  const {
    kubeProxyRules = [],
    kubeProxyUsers,
    ...host
  } = await readHostFacts({
    mode: "",
    nodePorts,
    nodePortAddresses: [],
    podCIDRs,
  });
  // kube-proxy's rules are no leftovers there, and those of its mode iptables let forwarded packets in.
  const letsIn = kubeProxyRules.some((place) => place.endsWith(" KUBE-SERVICES"));
  return { node, host: letsIn ? { ...host, dropPolicies: [] } : host };
}
