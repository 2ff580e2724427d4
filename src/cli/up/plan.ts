/** What `porthole up` starts: every component's command line, as data. */
import { join } from "node:path";
import type { NodePlan, Site } from "./site.ts";

export interface UpOptions {
  readonly site: Pick<Site, "nodes" | "apiHost" | "serviceRange" | "loadBalancerRange" | "proxy">;
  readonly apiPort: number;
  /** State, logs, kubeconfig and keys. */
  readonly dataDir: string;
}

export interface ComponentPlan {
  /** Unique, also the name of its log and pid file: `apiserver`, `controllers`, `node-1`. */
  readonly name: string;
  readonly args: readonly string[];
  /** Components of a lower rank are up before this one starts, and stop after it. */
  readonly rank: number;
}

/** Pods of node N live in the Nth quarter of 127.0.2.0/24 and, from the fifth node on, of the networks after it. */
const podAddressesPerNode = 64;
const podNetworksPerOctet = 256 / podAddressesPerNode;

/** Highest number of nodes whose addresses and pod ranges do not meet: 127.0.1.1 to 127.0.1.200. */
export const maxNodes = 200;

/** Nodes on loopback addresses. */
export function planNodes(count: number): readonly NodePlan[] {
  return Array.from({ length: count }, (_, index) => ({
    name: nodeName(index + 1),
    addresses: [`127.0.1.${index + 1}`],
    podCidrs: [
      `127.0.${2 + Math.floor(index / podNetworksPerOctet)}.${(index % podNetworksPerOctet) * podAddressesPerNode}/26`,
    ],
  }));
}

/** Addresses of a load balancer in front of so many nodes: the network after those of their pods, 127.0.3.0 with up to four nodes. */
export function loadBalancerRange(nodes: number): string {
  const network = `127.0.${2 + Math.ceil(nodes / podNetworksPerOctet)}`;
  return `${network}.1-${network}.254`;
}

/** The Nth node's, from 1 on. */
export function nodeName(number: number): string {
  return `node-${number}`;
}

export function kubeconfigPath(dataDir: string): string {
  return join(dataDir, "kubeconfig");
}

/** What only clusters on network namespaces have: which addresses are theirs. */
export function networkFile(dataDir: string): string {
  return join(dataDir, "network.json");
}

export function apiServerDir(dataDir: string): string {
  return join(dataDir, "apiserver");
}

/** Data directories of the nodes, by name. */
export function nodesDirOf(dataDir: string): string {
  return join(dataDir, "nodes");
}

/** In the order in which they start. */
export function planComponents({ site, apiPort, dataDir }: UpOptions): readonly ComponentPlan[] {
  const kubeconfigs = join(dataDir, "kubeconfigs");
  const kubeconfig = (name: string) => ["--kubeconfig", join(kubeconfigs, `${name}.kubeconfig`)];
  const nodeNames = site.nodes.map(({ name }) => name);
  const pki = join(apiServerDir(dataDir), "pki");
  return [
    {
      name: "apiserver",
      rank: 0,
      args: [
        "apiserver",
        ...["--listen", `${site.apiHost}:${apiPort}`],
        ...["--data-dir", apiServerDir(dataDir)],
        ...["--kubeconfig-out", kubeconfigPath(dataDir)],
        ...["--service-cluster-ip-range", site.serviceRange],
        ...["--component-kubeconfigs", kubeconfigs],
        ...["--node-names", nodeNames.join(",")],
      ],
    },
    {
      name: "controllers",
      rank: 1,
      args: [
        "controllers",
        ...kubeconfig("controllers"),
        ...["--address-pool", `local=${site.loadBalancerRange}`],
      ],
    },
    ...site.nodes.map(({ name, addresses, podCidrs, podNamespaces }) => ({
      name,
      rank: 1,
      args: [
        "node",
        ...kubeconfig(`node-${name}`),
        ...["--name", name],
        ...["--address", addresses.join(",")],
        ...["--pod-cidr", podCidrs.join(",")],
        ...(podNamespaces === undefined ? [] : ["--pod-namespaces", podNamespaces]),
        ...["--data-dir", join(nodesDirOf(dataDir), name)],
        ...["--tls-cert-file", join(pki, "node.crt")],
        ...["--tls-private-key-file", join(pki, "node.key")],
        ...["--client-ca-file", join(pki, "ca.crt")],
        ...["--proxy", site.proxy],
      ],
    })),
  ];
}
