/** Three namespaces in a row: clients, balancers, and nodes on whose NodePorts something answers. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { NetworkNamespace } from "../../src/kernel/index.ts";
import { ip, link, type Namespaces, setSysctl } from "../lab/namespaces.ts";

export interface BalancerLab {
  readonly client: NetworkNamespace;
  readonly balancer: NetworkNamespace;
  readonly node: NetworkNamespace;
}

export interface LabPlace {
  /** Where clients connect to; an address of the balancers' machine. */
  readonly address: string;
  /** Addresses of nodes that are this subject's alone, so that no subject meets the other's closing connections. */
  readonly nodes: readonly string[];
}

const nodesEach = 3;

/** The place of the subject with that number, counted from 1 up to 9. */
export function labPlace(subject: number): LabPlace {
  return {
    address: `172.30.1.${10 + subject}`,
    nodes: Array.from({ length: nodesEach }, (_, node) => `172.30.2.${10 * subject + node + 100}`),
  };
}

export async function openBalancerLab(
  namespaces: Namespaces,
  places: readonly LabPlace[],
): Promise<BalancerLab> {
  const client = await namespaces.create("client");
  const balancer = await namespaces.create("balancer");
  const node = await namespaces.create("node");
  link("front", [balancer, "172.30.1.1/24"], [client, "172.30.1.2/24"]);
  link("back", [balancer, "172.30.2.1/24"], [node, "172.30.2.2/24"]);
  for (const { address, nodes } of places) {
    ip(balancer, `addr add ${address}/32 dev front`);
    for (const nodeAddress of nodes) ip(node, `addr add ${nodeAddress}/24 dev back`);
  }
  ip(client, "route add default via 172.30.1.1");
  ip(node, "route add default via 172.30.2.1");
  setSysctl(balancer, "net/ipv4/ip_forward", "1");
  for (const namespace of [client, balancer, node]) {
    // Thousands of connections a second use up a smaller range while old ones wait to be forgotten.
    setSysctl(namespace, "net/ipv4/ip_local_port_range", "10000 65000");
    setSysctl(namespace, "net/ipv4/tcp_tw_reuse", "1");
  }
  return { client, balancer, node };
}

/** Resolves when a connection there succeeds; rejects after ten seconds. */
export async function untilListens(from: NetworkNamespace, address: string, port: number): Promise<void> {
  const script = `until (exec 3<>/dev/tcp/${address}/${port}) 2>/dev/null; do sleep 0.05; done`;
  await from
    .run(() => promisify(execFile)("timeout", ["10", "bash", "-c", script]))
    .catch((cause) => {
      throw new Error(`Nothing listens on ${address}:${port} after 10 s`, { cause });
    });
}
