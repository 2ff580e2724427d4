/** How a proxy tells its own node's pods from the rest: kube-proxy's --detect-local-mode. */
import type { Node } from "../api/node.ts";
import { isCidr, type NodeView } from "../forwarding/index.ts";

export type PodDetection =
  /** By the ranges that the Node object states. */
  | { readonly kind: "node-cidr" }
  /** By the ranges of all pods of the cluster, where a network plug-in does not fill in those of each node. */
  | { readonly kind: "cluster-cidr"; readonly cidrs: readonly string[] }
  /** By the interface that their packets come in by: one of that name, or any whose name begins so. */
  | { readonly kind: "interface"; readonly match: "bridge" | "prefix"; readonly name: string };

/** Returns what a NodeView says of pods. */
export function podsOf(
  { spec }: Node,
  detection: PodDetection,
): Pick<NodeView, "podCIDRs" | "podInterfaces"> {
  switch (detection.kind) {
    case "node-cidr": {
      const { podCIDR, podCIDRs = podCIDR ? [podCIDR] : [] } = spec ?? {};
      return { podCIDRs: podCIDRs.filter(isCidr) };
    }
    case "cluster-cidr":
      return { podCIDRs: detection.cidrs };
    case "interface":
      return { podCIDRs: [], podInterfaces: { kind: detection.match, name: detection.name } };
  }
}
