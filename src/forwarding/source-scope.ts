/** Tells where a packet comes from, seen from the node. */
import type { SourceScope } from "./decision.ts";
import type { ForwardingTable } from "./forwarding-table.ts";
import { isInCidrs } from "./ip-address.ts";

/** Returns the scope of a source address in its canonical spelling. An address of the node itself prevails over the pods' CIDRs. */
export function scopeOf(
  table: Pick<ForwardingTable, "nodeAddresses" | "podCIDRs">,
  address: string,
): SourceScope {
  if (table.nodeAddresses.includes(address)) return "node";
  return isInCidrs(address, table.podCIDRs) ? "local-pod" : "external";
}
