/** Where the nodes of a local cluster are. */
import type { ApiClient } from "../../client/index.ts";

export interface NodePlan {
  readonly name: string;
  /** IPv4 first. */
  readonly addresses: readonly string[];
  /** Ranges of its pods' addresses, one for each family. */
  readonly podCidrs: readonly string[];
  /** What its pods' network namespaces are called, before a number; absent if they have none. */
  readonly podNamespaces?: string;
}

/** What of the cluster is on the host's loopback addresses. */
export interface Published {
  /** The nodes with the addresses that lead to them. */
  readonly nodes: readonly NodePlan[];
  /** Publishes the API server's port, at `wanted` if given; resolves with a kubeconfig for the host. */
  api(kubeconfig: string, port: number, wanted: number | undefined): Promise<string>;
  /** Publishes NodePorts as Services come and go; resolves when those that are there are published. */
  follow(client: ApiClient, signal: AbortSignal): Promise<void>;
}

export interface Site {
  readonly nodes: readonly NodePlan[];
  /** Where the API server listens: an address of this machine that all nodes reach. */
  readonly apiHost: string;
  /** Cluster addresses of Services, a range for each family. */
  readonly serviceRange: string;
  /** Addresses of this machine for Services of type LoadBalancer, `FIRST-LAST`, of several families with a comma between. */
  readonly loadBalancerRange: string;
  /** How the nodes' proxies forward. */
  readonly proxy: "userspace" | "nftables";
  /** What else there is to try, a line each. */
  readonly hints: readonly string[];
  /** Calls `start` where a component is to run: the process that it spawns is there. */
  enter<T>(component: string, start: () => T): T;
  /** Runs a program on a machine beside the cluster, on this terminal; resolves with its exit status. Absent where there is no such machine. */
  readonly runClient?: (command: readonly string[]) => Promise<number>;
  /** Present where the host cannot reach the nodes themselves. */
  readonly published?: Published;
  /** Leaves the machine as it was before. */
  remove(): Promise<void>;
}
