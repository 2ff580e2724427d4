/** Names of a cluster's network namespaces: they tell whose they are, so that nothing else need be kept to find leftovers. Pure. */

/** The process that a cluster lives and dies with. */
export interface ClusterOwner {
  readonly pid: number;
  /** Tells it from a later process of the same pid, as `processStartTime` returns it. */
  readonly startTime: string;
}

export interface NamespaceName {
  /** `porthole-4711.88123` */
  readonly cluster: string;
  readonly owner: ClusterOwner;
  /** `node-1`, `switch`, `node-1-pod-7` */
  readonly role: string;
}

/** What the names of all clusters' namespaces begin with. */
export const anyClusterPrefix = "porthole-";

export function clusterName({ pid, startTime }: ClusterOwner): string {
  return `${anyClusterPrefix}${pid}.${startTime}`;
}

/** `porthole-4711.88123-node-1` */
export function namespaceName(cluster: string, role: string): string {
  return `${cluster}-${role}`;
}

/** What the namespaces of a node's pods are called, without the pod's number at the end. */
export function podNamespacePrefix(cluster: string, node: string): string {
  return `${namespaceName(cluster, node)}-pod-`;
}

/** Undefined for a namespace that is no cluster's. */
export function parseNamespaceName(name: string): NamespaceName | undefined {
  const match = /^(porthole-(\d+)\.(\d+))-(.+)$/.exec(name);
  if (!match) return undefined;
  const [, cluster = "", pid = "", startTime = "", role = ""] = match;
  return { cluster, owner: { pid: Number(pid), startTime }, role };
}
