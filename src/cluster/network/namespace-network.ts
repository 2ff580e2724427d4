/** Each pod in a network namespace of its own, with addresses of its own, routed one by one on the node. */
import { connect } from "node:net";
import { connectWithin } from "../../kernel/connect-within.ts";
import { type Libc, requireLibc } from "../../kernel/ffi.ts";
import {
  createNetworkNamespace,
  deleteNetworkNamespace,
  listNetworkNamespaces,
  type NetworkNamespace,
  openNetworkNamespace,
  openRouteControl,
  type RouteControl,
} from "../../kernel/index.ts";
import { hostAddresses, PodAddresses } from "../pod-addresses.ts";
import { joinPod, podLinkName } from "./pod-link.ts";
import type { PodNetwork, PodSandbox } from "./pod-network.ts";

export interface NamespaceNetworkOptions {
  /** One for each family, IPv4 first. The IPv6 one ends in `::/64` or the like. */
  readonly podCidrs: readonly string[];
  /** What the namespaces of its pods are called, before the pod's number. */
  readonly namespacePrefix: string;
}

/** Where port-forward finds programs, as a kubelet's does: on the loopback link of the pod itself. */
const loopback = "127.0.0.1";

/**
 * Opens the network of the node whose namespace this process is in. Throws SystemCallError without the privileges for it, and
 * SyntaxError for ranges that cannot be used.
 */
export async function openNamespaceNetwork(options: NamespaceNetworkOptions): Promise<PodNetwork> {
  const { podCidrs, namespacePrefix } = options;
  const [ipv4 = "", ipv6] = podCidrs;
  const free = new PodAddresses(ipv4);
  const numbers = new Map(hostAddresses(ipv4).map((address, index) => [address, index + 1]));
  const numberOf = ([address = ""]: readonly string[]) => numbers.get(address) ?? 0;
  const nameOf = (addresses: readonly string[]) => `${namespacePrefix}${numberOf(addresses)}`;
  const start = ipv6 === undefined ? undefined : startOf(ipv6);
  const listenAddress = ipv6 === undefined ? "0.0.0.0" : "::";
  const libc = await requireLibc();
  const node = await openRouteControl();
  const claimed = new Set<string>();
  const open = new Map<string, NetworkNamespace>();

  return {
    podCidrs,
    take() {
      const address = free.take();
      if (address === undefined) return undefined;
      return start === undefined ? [address] : [address, `${start}${numberOf([address])}`];
    },
    claim(addresses) {
      if (!free.claim(addresses[0] ?? "")) return false;
      claimed.add(nameOf(addresses));
      return true;
    },
    async removeUnclaimed() {
      for (const name of listNetworkNamespaces(namespacePrefix)) {
        if (claimed.has(name)) continue;
        await removePlace(node, name, podLinkName(Number(name.slice(namespacePrefix.length))));
      }
    },
    async open(addresses, isRunning) {
      const name = nameOf(addresses);
      const namespace = isRunning
        ? await openNetworkNamespace(name)
        : await makePlace(node, name, numberOf(addresses), addresses);
      open.set(name, namespace);
      return sandboxOf(libc, namespace, listenAddress);
    },
    async giveBack(addresses) {
      const number = numberOf(addresses);
      if (number === 0) return;
      const name = nameOf(addresses);
      open.get(name)?.[Symbol.dispose]();
      open.delete(name);
      try {
        await removePlace(node, name, podLinkName(number));
      } finally {
        // What could not be removed is, before another pod is put there.
        free.giveBack(addresses[0] ?? "");
      }
    },
    node: {
      enter: (run) => run(),
      connect: (port) => connect({ host: loopback, port, allowHalfOpen: true, noDelay: true }),
      listenAddress,
      hasOwnPorts: false,
    },
  };
}

function sandboxOf(libc: Libc, namespace: NetworkNamespace, listenAddress: string): PodSandbox {
  return {
    enter: (start) => namespace.run(start),
    connect: (port) => connectWithin(libc, namespace, { host: loopback, port }),
    listenAddress,
    hasOwnPorts: true,
  };
}

/** Whatever an agent that was killed has left half done is made anew. */
async function makePlace(
  node: RouteControl,
  name: string,
  number: number,
  addresses: readonly string[],
): Promise<NetworkNamespace> {
  await removePlace(node, name, podLinkName(number));
  const namespace = await createNetworkNamespace(name);
  try {
    await joinPod(node, namespace, number, addresses);
    return namespace;
  } catch (error) {
    namespace[Symbol.dispose]();
    throw error;
  }
}

async function removePlace(node: RouteControl, name: string, linkName: string): Promise<void> {
  const link = await node.findLink(linkName);
  if (link) await node.deleteLink(link.index);
  await deleteNetworkNamespace(name);
}

/** `fd00:1::/64` -> `fd00:1::`; the pod's number stands behind it, with its decimal digits as they are. */
function startOf(ipv6: string): string {
  const [, start] = /^([\da-f:]*::)\/(?:[1-9]\d|1[01]\d)$/i.exec(ipv6) ?? [];
  if (start === undefined)
    throw new SyntaxError(`Cannot use ${ipv6} for pods: write an IPv6 prefix such as fd00:1::/64`);
  return start;
}
