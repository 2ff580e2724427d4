/** How many Services a node cannot serve because of their policy Local. Pure. */
import type { Family, ForwardingTable } from "../../forwarding/index.ts";

export type TrafficPolicy = "internal" | "external";

/**
 * Services with endpoints of which none is on this node, while that policy wants one; a Service counts once, whatever its ports. Cluster
 * addresses follow the internal policy, all others the external one.
 */
export function countNoLocalEndpoints(
  { frontends }: Pick<ForwardingTable, "frontends">,
  family: Family,
  policy: TrafficPolicy,
): number {
  const found = new Set<string>();
  for (const { family: of, kind, internal, external, service } of frontends.values()) {
    if (of !== family || (kind === "ClusterIP") !== (policy === "internal")) continue;
    const target = policy === "internal" ? internal : external;
    if (target.kind === "drop") found.add(`${service.namespace}/${service.name}`);
  }
  return found.size;
}
