/** Reads what forwarding and health checks need from a Node object. */
import type { Node, NodeAddress } from "../api/node.ts";
import { canonicalAddress, isCidr, type NodeView } from "../forwarding/index.ts";
import { chooseNodePortAddresses, type NodePortAddresses } from "./node-port-addresses.ts";

const ordered: readonly NodeAddress["type"][] = ["InternalIP", "ExternalIP"];

/** Internal addresses come first: they are what `primary` means. Names among the addresses are left out. */
export function viewOfNode(node: Node, wanted: NodePortAddresses): NodeView {
  const stated = node.status?.addresses ?? [];
  const addresses = [
    ...new Set(
      ordered.flatMap((type) =>
        stated
          .filter((address) => address.type === type)
          .flatMap(({ address }) => canonicalAddress(address) ?? []),
      ),
    ),
  ];
  const { podCIDR, podCIDRs = podCIDR ? [podCIDR] : [] } = node.spec ?? {};
  return {
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    addresses,
    nodePortAddresses: chooseNodePortAddresses(addresses, wanted),
    podCIDRs: podCIDRs.filter(isCidr),
  };
}

const aboutToBeDeleted = "ToBeDeletedByClusterAutoscaler";

/**
 * Whether a load balancer should send new connections here (KEP-3836). A node that is only cordoned, or not ready, still
 * forwards.
 */
export function isEligibleForTraffic(node: Node | undefined): boolean {
  if (!node || node.metadata.deletionTimestamp !== undefined) return false;
  return !(node.spec?.taints ?? []).some(({ key }) => key === aboutToBeDeleted);
}
