/** What `porthole up` starts: every component's command line, as data. */
import { join } from "node:path";

export interface UpOptions {
  readonly nodes: number;
  readonly apiPort: number;
  /** State, logs, kubeconfig and keys. */
  readonly dataDir: string;
}

/** A local cluster is one address for each node and a range of addresses for the pods of each. */
export interface NodePlan {
  readonly name: string;
  readonly address: string;
  readonly podCidr: string;
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

/** The cluster addresses of the local cluster are loopback addresses too, so that they answer on this machine. */
export const localServiceRange = "127.96.0.0/16";

/** Highest number of nodes whose addresses and pod ranges do not meet: 127.0.1.1 to 127.0.1.200. */
export const maxNodes = 200;

export function planNodes(count: number): readonly NodePlan[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node-${index + 1}`,
    address: `127.0.1.${index + 1}`,
    podCidr: `127.0.${2 + Math.floor(index / podNetworksPerOctet)}.${(index % podNetworksPerOctet) * podAddressesPerNode}/26`,
  }));
}

export function kubeconfigPath(dataDir: string): string {
  return join(dataDir, "kubeconfig");
}

/** Data directories of the nodes, by name. */
export function nodesDirOf(dataDir: string): string {
  return join(dataDir, "nodes");
}

/** In the order in which they start. */
export function planComponents({ nodes, apiPort, dataDir }: UpOptions): readonly ComponentPlan[] {
  const kubeconfigs = join(dataDir, "kubeconfigs");
  const kubeconfig = (name: string) => ["--kubeconfig", join(kubeconfigs, `${name}.kubeconfig`)];
  const nodeNames = planNodes(nodes).map(({ name }) => name);
  const pki = join(dataDir, "apiserver", "pki");
  return [
    {
      name: "apiserver",
      rank: 0,
      args: [
        "apiserver",
        ...["--listen", `127.0.0.1:${apiPort}`],
        ...["--data-dir", join(dataDir, "apiserver")],
        ...["--kubeconfig-out", kubeconfigPath(dataDir)],
        ...["--service-cluster-ip-range", localServiceRange],
        ...["--component-kubeconfigs", kubeconfigs],
        ...["--node-names", nodeNames.join(",")],
      ],
    },
    { name: "controllers", rank: 1, args: ["controllers", ...kubeconfig("controllers")] },
    ...planNodes(nodes).map(({ name, address, podCidr }) => ({
      name,
      rank: 1,
      args: [
        "node",
        ...kubeconfig(`node-${name}`),
        ...["--name", name],
        ...["--address", address],
        ...["--pod-cidr", podCidr],
        ...["--data-dir", join(nodesDirOf(dataDir), name)],
        ...["--tls-cert-file", join(pki, "node.crt")],
        ...["--tls-private-key-file", join(pki, "node.key")],
        ...["--client-ca-file", join(pki, "ca.crt")],
        ...["--proxy", "userspace"],
      ],
    })),
  ];
}
