/** Reads what forwarding and health checks need from a Node object, and from the machine. */
import type { Node, NodeAddress } from "../api/node.ts";
import { canonicalAddress, isInCidrs, type NodeView } from "../forwarding/index.ts";
import { chooseNodePortAddresses, type NodePortAddresses, primaryAddresses } from "./node-port-addresses.ts";
import { type PodDetection, podsOf } from "./pod-detection.ts";

/** How a proxy is told to look at its node. */
export interface ViewSettings {
  readonly nodePortAddresses: NodePortAddresses;
  /** Prevails over the Node's first address of its family; absent, "0.0.0.0" and "::" do not. */
  readonly bindAddress?: string;
  readonly podDetection: PodDetection;
  readonly masqueradeAll?: boolean;
  readonly masqueradeBit?: number;
}

/** What is not in the Node object. */
export interface Surroundings {
  /** The machine's own addresses; empty where nobody asks for them. */
  readonly localAddresses: readonly string[];
  /** Ranges of cluster addresses; empty where the API does not tell them. */
  readonly serviceCIDRs: readonly string[];
}

const ordered: readonly NodeAddress["type"][] = ["InternalIP", "ExternalIP"];

/** Internal addresses come first: they are what `primary` means. Names among the addresses are left out. */
export function viewOfNode(
  node: Node,
  settings: ViewSettings,
  { localAddresses, serviceCIDRs }: Surroundings,
): NodeView {
  const stated = statedAddresses(node);
  const primary = primaryAddresses(stated, settings.bindAddress);
  // Nodes on loopback addresses share one machine: its other addresses are none of theirs.
  const isOnLoopback = stated.some((address) => isInCidrs(address, ["127.0.0.0/8"]));
  const own = isOnLoopback ? [] : localAddresses;
  const addresses = [...new Set([...primary, ...stated, ...own])];
  const { masqueradeAll, masqueradeBit } = settings;
  return {
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    addresses,
    nodePortAddresses: chooseNodePortAddresses({ primary, addresses }, settings.nodePortAddresses),
    ...podsOf(node, settings.podDetection),
    ...(serviceCIDRs.length > 0 && { serviceCIDRs }),
    ...(masqueradeAll && { masqueradeAll }),
    ...(masqueradeBit !== undefined && { masqueradeBit }),
  };
}

/** The addresses that the Node object states, internal ones first. */
export function statedAddresses({ status }: Node): readonly string[] {
  const stated = status?.addresses ?? [];
  const all = ordered.flatMap((type) =>
    stated
      .filter((address) => address.type === type)
      .flatMap(({ address }) => canonicalAddress(address) ?? []),
  );
  return [...new Set(all)];
}

/** The taint that the cluster autoscaler gives a node before it deletes it. */
export const aboutToBeDeleted = "ToBeDeletedByClusterAutoscaler";

/** core/v1: LabelNodeExcludeBalancers; its value does not matter. */
export const excludedFromBalancers = "node.kubernetes.io/exclude-from-external-load-balancers";

/**
 * Whether a load balancer should send new connections here (KEP-3836). A node that is only cordoned, or not ready, still
 * forwards.
 */
export function isEligibleForTraffic(node: Node | undefined): boolean {
  if (!node || node.metadata.deletionTimestamp !== undefined) return false;
  return !(node.spec?.taints ?? []).some(({ key }) => key === aboutToBeDeleted);
}
