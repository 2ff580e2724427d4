/** cluster/topology: nodes and pods on network namespaces; loaded only where they are. */
export type { AddressPlan } from "./address-plan.ts";
export { findClusters, runInClient } from "./client.ts";
export { clusterName, namespaceName, podNamespacePrefix } from "./cluster-name.ts";
export { makeClusterNetwork } from "./cluster-network.ts";
export { removeDeadClusters } from "./remove-clusters.ts";
