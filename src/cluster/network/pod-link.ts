/**
 * The link between a node and a pod, as many network plug-ins make it: the pod has its addresses alone, without a network around
 * them, and sends everything to the node's end of a veth pair. Both ends know each other's link-layer address, so nobody asks.
 */
import {
  addressBytes,
  type NetworkNamespace,
  openRouteControl,
  type RouteControl,
} from "../../kernel/index.ts";
import { linkOf, prepareNamespace, setUp } from "../topology/namespace-parts.ts";

const podEnd = "eth0";
/** Link-local addresses by which pods speak of their node; nobody has them, only their neighbour entries. */
const gateways = { IPv4: "169.254.1.1", IPv6: "fe80::1" } as const;
/** All links to pods have it, on the node's side; each is a network of two. */
const nodeEndAddress = "ee:ee:ee:ee:ee:ee";

/** Name of the node's end. */
export function podLinkName(number: number): string {
  return `pod${number}`;
}

/** Joins a namespace that is new and empty to the node: afterwards the pod's addresses are reached from it and through it. */
export async function joinPod(
  node: RouteControl,
  namespace: NetworkNamespace,
  number: number,
  addresses: readonly string[],
): Promise<void> {
  prepareNamespace(namespace, { forwards: false });
  await using pod = await openRouteControl(namespace);
  const peer = { name: podEnd, namespace: namespace.fd };
  await node.addLink({ kind: "veth", name: podLinkName(number), peer });
  const podAddress = linkLayerAddress(addresses[0] ?? "");
  await setUp(pod, await linkOf(pod, "lo"));
  const inside = await linkOf(pod, podEnd);
  await pod.changeLink(inside, { address: podAddress });
  for (const address of addresses)
    await pod.addAddress({ linkIndex: inside, address, noDuplicateDetection: true });
  await setUp(pod, inside);
  const outside = await linkOf(node, podLinkName(number));
  await node.changeLink(outside, { address: nodeEndAddress, up: true });
  for (const address of addresses) {
    const family = address.includes(":") ? "IPv6" : "IPv4";
    const via = gateways[family];
    await pod.addNeighbour({ linkIndex: inside, address: via, linkLayerAddress: nodeEndAddress });
    await pod.addRoute({
      destination: family === "IPv4" ? "0.0.0.0/0" : "::/0",
      via,
      linkIndex: inside,
      onLink: true,
    });
    await node.addNeighbour({ linkIndex: outside, address, linkLayerAddress: podAddress });
    await node.addRoute({ destination: address, linkIndex: outside });
  }
}

/** Locally administered, and as unique as the IPv4 address that it is made of. */
function linkLayerAddress(ipv4: string): string {
  const bytes = [0x0a, 0x58, ...(addressBytes(ipv4) ?? [])];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
