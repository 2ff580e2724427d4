/** NodeView: what forwarding must know of the node that it is for. */
import type { PodInterfaces } from "./forwarding-table.ts";

export interface NodeView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** All addresses of the node. */
  readonly addresses: readonly string[];
  /** Those of them that NodePorts answer on. */
  readonly nodePortAddresses: readonly string[];
  readonly podCIDRs: readonly string[];
  /** What else a ForwardingTable says of the node and its cluster, and how it is configured; see there. */
  readonly podInterfaces?: PodInterfaces;
  readonly serviceCIDRs?: readonly string[];
  readonly masqueradeAll?: boolean;
  readonly masqueradeBit?: number;
}

/** The label `topology.kubernetes.io/zone`, undefined if the node has none. */
export function zoneOf({ labels }: Pick<NodeView, "labels">): string | undefined {
  return labels["topology.kubernetes.io/zone"] || undefined;
}

/** Says whether frontends built for the one node are right for the other too; addresses for NodePorts are not in them. */
export function asksForSameFrontends(a: NodeView, b: NodeView): boolean {
  return (
    a.name === b.name &&
    zoneOf(a) === zoneOf(b) &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every((address, index) => address === b.addresses[index])
  );
}
