/** Which nodes take part in load balancing. Pure. */
import type { Node } from "../../api/node.ts";
import { type Family, familyOf } from "../../forwarding/index.ts";
import { excludedFromBalancers, isEligibleForTraffic, statedAddresses } from "../../proxy/view-of-node.ts";

export interface EligibleNode {
  readonly name: string;
  /** Its first internal address of each family, else its first external one. */
  readonly addresses: ReadonlyMap<Family, string>;
}

/**
 * In the order of names. Left out are nodes with the exclusion label, nodes that are being deleted and those with the autoscaler's taint. A
 * node that is not ready is left in: whether it serves is for its health checks to say (KEP-3458).
 */
export function eligibleNodes(nodes: Iterable<Node>): readonly EligibleNode[] {
  return [...nodes]
    .filter(
      (node) => isEligibleForTraffic(node) && node.metadata.labels?.[excludedFromBalancers] === undefined,
    )
    .map((node) => ({ name: node.metadata.name, addresses: byFamily(statedAddresses(node)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function byFamily(addresses: readonly string[]): ReadonlyMap<Family, string> {
  const first = new Map<Family, string>();
  for (const address of addresses) {
    const family = familyOf(address);
    if (family !== undefined && !first.has(family)) first.set(family, address);
  }
  return first;
}
