/** Where the nodes of a local cluster are. */

export interface NodePlan {
  readonly name: string;
  /** IPv4 first. */
  readonly addresses: readonly string[];
  /** Ranges of its pods' addresses, one for each family. */
  readonly podCidrs: readonly string[];
  /** What its pods' network namespaces are called, before a number; absent if they have none. */
  readonly podNamespaces?: string;
}

export interface Site {
  readonly nodes: readonly NodePlan[];
  /** Where the API server listens: an address of this machine that all nodes reach. */
  readonly apiHost: string;
  /** Cluster addresses of Services, a range for each family. */
  readonly serviceRange: string;
  /** How the nodes' proxies forward. */
  readonly proxy: "userspace" | "nftables";
  /** What else there is to try, a line each. */
  readonly hints: readonly string[];
  /** Calls `start` where a component is to run: the process that it spawns is there. */
  enter<T>(component: string, start: () => T): T;
  /** Runs a program on a machine beside the cluster, on this terminal; resolves with its exit status. Absent where there is no such machine. */
  readonly runClient?: (command: readonly string[]) => Promise<number>;
  /** Leaves the machine as it was before. */
  remove(): Promise<void>;
}
