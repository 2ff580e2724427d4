/**
 * Addresses of the world of network namespaces, which are those of forwarding's tests and a few more:
 *
 *     second node address   192.168.0.101   fd00:192::101
 *     router                192.168.0.254   fd00:192::fe
 */
import type { Family } from "../../forwarding/index.ts";
import { addressOf } from "../../forwarding/testing/world.ts";

export interface AddressPlan {
  readonly family: Family;
  /** Of the node under test. */
  readonly nodeAddresses: readonly [string, string];
  readonly podCIDR: string;
  readonly pods: readonly [string, string];
  readonly router: string;
  readonly farNodes: readonly { readonly address: string; readonly podCIDR: string }[];
  readonly farPods: readonly [string, string, string];
  readonly clients: readonly [string, string];
  readonly serviceCIDR: string;
  readonly clusterAddresses: readonly [string, string, string];
  /** Addresses of load balancers and such, which are routed to the node. */
  readonly outsideAddresses: readonly [string, string];
  /** Prefix lengths: of one address, and of the nodes', pods' and clients' networks. */
  readonly one: number;
  readonly network: number;
}

export function addressPlan(family: Family): AddressPlan {
  const is4 = family === "IPv4";
  const at = (name: string) => addressOf(family, name);
  const podCIDR = (node: number) => (is4 ? `10.180.${node}.0/24` : `fd00:180:${node}::/64`);
  return {
    family,
    nodeAddresses: [at("node-a"), is4 ? "192.168.0.101" : "fd00:192::101"],
    podCIDR: podCIDR(1),
    pods: [at("pod-a1"), at("pod-a2")],
    router: is4 ? "192.168.0.254" : "fd00:192::fe",
    farNodes: [2, 3].map((node) => ({
      address: at(node === 2 ? "node-b" : "node-c"),
      podCIDR: podCIDR(node),
    })),
    farPods: [at("pod-b1"), at("pod-b2"), at("pod-c1")],
    clients: [at("client"), at("other-client")],
    serviceCIDR: is4 ? "172.30.0.0/24" : "fd00:172::/112",
    clusterAddresses: [
      at("cluster-ip"),
      is4 ? "172.30.0.2" : "fd00:172::2",
      is4 ? "172.30.0.3" : "fd00:172::3",
    ],
    outsideAddresses: [at("vip"), at("external-ip")],
    one: is4 ? 32 : 128,
    network: is4 ? 24 : 64,
  };
}
