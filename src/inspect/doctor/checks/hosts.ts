/** Checks of what nodes' systems are: sizes of packets, versions, what another mode would change. */
import type { LinkSize } from "../../../api/proxy-report/host-facts.ts";
import { isInCidrs } from "../../../forwarding/index.ts";
import { isAtLeast } from "../../../lib/version.ts";
import { statedAddresses } from "../../../proxy/index.ts";
import type { Check } from "../check.ts";
import { hostCheck } from "../host-check.ts";

/** KEP-3866. */
const nftablesKernel = [5, 13] as const;
/** Since then MASQUERADE can choose ports at random, without which connections that begin together get the same one. */
const oldestIptables = [1, 6, 2] as const;
/** Between these versions iptables-nft lost rules (kubernetes#71305). */
const brokenIptablesNft = [
  [1, 8, 0],
  [1, 8, 3],
] as const;
/** Some are on every node: answers to connections that have ended. */
const fewInvalid = 1_000;

export const hostChecks: readonly Check[] = [
  hostCheck({
    id: "mtu-shrinks-on-the-way-out",
    severity: "warning",
    title: "A node hands on larger packets than its way out takes",
    explanation: `A pod sends packets as large as its own link takes. Where the node's link to the rest of the network takes less, the node answers with ICMP "fragmentation needed" (packet too big), and the pod sends smaller ones. Where a firewall drops that ICMP, or the pod's answer leaves through a NodePort whose client never hears of it, connections open and small answers come, but large ones hang.

Give pods' links the MTU of the smallest link on the way, less what a tunnel adds: 50 bytes for VXLAN, 60 for WireGuard over IPv4, 80 over IPv6.`,
    find: ({ uplink, widerLinks = [], podLink, narrowRoutes = [] }, { node }, { objects }) => {
      if (uplink && widerLinks.length > 0) {
        return {
          evidence: `${describe(uplink)} leads out, behind ${widerLinks.map(describe).join(", ")}`,
          advice: `Set the pod network's MTU to ${uplink.mtu} or less, and let ICMP "fragmentation needed" through`,
        };
      }
      const others = objects.nodes.filter(({ metadata }) => metadata.name !== node);
      const podCIDRs = others.flatMap(({ spec }) => spec.podCIDRs ?? []);
      const narrow = narrowRoutes.find(({ destination }) =>
        podCIDRs.some((cidr) => overlap(destination, cidr)),
      );
      if (!podLink || !narrow) return undefined;
      return {
        evidence: `${describe(narrow)} leads to the pods of ${narrow.destination}, behind ${describe(podLink)}`,
        advice: `Set the pod network's MTU to ${narrow.mtu} or less on all nodes, and let ICMP "fragmentation needed" through`,
      };
    },
  }),
  {
    id: "mtu-differs-between-nodes",
    severity: "warning",
    title: "Nodes send larger packets than other nodes take",
    explanation: `A packet to a NodePort on one node may go on to a pod on another. Within one network nobody tells the sender that its packet is larger than the receiver's link takes: it vanishes, and a connection hangs with the first large packet. All nodes of a network need the same MTU.`,
    find: ({ hosts }) => {
      const uplinks = hosts.flatMap(({ node, host }) => (host.uplink ? [{ node, ...host.uplink }] : []));
      const smallest = Math.min(...uplinks.map(({ mtu }) => mtu));
      const largest = uplinks.find(({ mtu }) => mtu > smallest);
      if (!largest) return [];
      return uplinks
        .filter(({ mtu }) => mtu === smallest)
        .map(({ node, ...link }) => ({
          object: `Node ${node}`,
          evidence: `${describe(link)}, but ${largest.node} has ${describe(largest)}`,
          advice: "Set the same MTU on all nodes of one network",
        }));
    },
  },
  hostCheck({
    id: "packets-out-of-place",
    severity: "info",
    title: "A node sees many packets that belong to no connection",
    explanation: `Connection tracking calls a packet INVALID that it cannot place: far outside the TCP window, after a long silence, or of a connection whose other half takes another way. Such a packet is not translated, and whoever gets it does not know the connection and resets it (kubernetes#74839). Porthole drops them, so that connections go on; other proxies' modes may not. Many of them mean lost packets, ways that differ there and back, or a table of connections that was full.

net.netfilter.nf_conntrack_tcp_be_liberal=1 lets those outside the window pass as the connection's own. Where it is set and there are many nevertheless, packets of one connection take ways on which the node sees one half only.`,
    find: ({ invalidPackets = 0, liberalTcp }) => {
      if (invalidPackets < fewInvalid) return undefined;
      const see = "See whether answers leave by the way that requests come";
      if (liberalTcp) {
        return {
          evidence: `${invalidPackets} packets since it started, though net.netfilter.nf_conntrack_tcp_be_liberal is 1`,
          advice: see,
        };
      }
      return {
        evidence: `${invalidPackets} packets since it started; net.netfilter.nf_conntrack_tcp_be_liberal is 0`,
        advice: `${see}; where that cannot be, sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1`,
      };
    },
  }),
  {
    id: "kernel-too-old",
    severity: "info",
    title: "A node's kernel is too old for nftables mode",
    explanation: `kube-proxy's nftables mode needs Linux 5.13, Porthole's modes nftables and ipvs about the same. A proxy with --mode auto chooses what works, which is iptables or userspace there; with a fixed mode it ends there with an error.`,
    causes: ["proxy-not-running", "proxy-silent", "proxy-fails"],
    find: ({ objects }) =>
      objects.nodes.flatMap(({ metadata, status }) => {
        const { kernelVersion = "" } = status.nodeInfo ?? {};
        if (kernelVersion === "" || isAtLeast(kernelVersion, nftablesKernel)) return [];
        return [
          {
            object: `Node ${metadata.name}`,
            evidence: `Linux ${kernelVersion}; ${nftablesKernel.join(".")} is needed`,
            advice: "Let the proxy run in mode iptables or auto there, or upgrade the node",
          },
        ];
      }),
  },
  hostCheck({
    id: "iptables-too-old",
    severity: "warning",
    title: "A node's iptables has known faults",
    explanation: `iptables before 1.6.2 cannot choose the ports of masqueraded connections at random: connections that begin at the same time may get the same one, and one of them is lost for seconds. iptables-nft 1.8.0 to 1.8.2 writes rules that it does not find again.`,
    find: ({ iptables }) => {
      if (iptables === undefined || !hasFaults(iptables)) return undefined;
      return { evidence: `iptables ${iptables}`, advice: "Install 1.8.4 or later, or use --mode nftables" };
    },
  }),
  hostCheck({
    id: "nftables-would-differ",
    severity: "info",
    title: "Moving this node from iptables to nftables mode would change what works",
    explanation: `Two things work in iptables mode that do not in nftables mode, kube-proxy's or Porthole's:

NodePorts answer on all of a node's addresses by default, and on 127.0.0.1; in nftables mode on the first address of each family that the Node object states (--nodeport-addresses primary), and on localhost only if asked for.

The rules of iptables mode accept forwarded packets in the chain FORWARD, whatever its policy. An "accept" in nftables mode's tables does not overrule a policy "drop" of another table.

See docs/migration.md.`,
    find: (host, { mode, node }, { objects }) => {
      if (mode !== "iptables") return undefined;
      const stated = objects.nodes.filter(({ metadata }) => metadata.name === node).flatMap(statedAddresses);
      const primary = [stated.find((address) => !address.includes(":")), stated.find((a) => a.includes(":"))];
      const more = (host.nodePortAddresses ?? []).filter((address) => !primary.includes(address));
      const told = [
        ...(more.length > 0 ? [`NodePorts answer on ${more.join(", ")}, too`] : []),
        ...(host.dropPolicies.length > 0 ? [`${host.dropPolicies.join(", ")} has the policy drop`] : []),
      ];
      if (told.length === 0) return undefined;
      return {
        evidence: told.join("; "),
        advice:
          "Before the move set --nodeport-addresses to what clients use, and let forwarded packets in: nft add rule CHAIN ct status dnat accept",
      };
    },
  }),
];

function describe({ name, mtu }: LinkSize): string {
  return `${name} (MTU ${mtu})`;
}

/** Whether two networks have addresses in common: then one holds the other's first. */
function overlap(a: string, b: string): boolean {
  const [firstOfA = ""] = a.split("/");
  const [firstOfB = ""] = b.split("/");
  return isInCidrs(firstOfA, [b]) || isInCidrs(firstOfB, [a]);
}

/** `1.8.2 (nft)`; before 1.8 there was one variant only. */
function hasFaults(iptables: string): boolean {
  const [from, to] = brokenIptablesNft;
  const isBroken = iptables.includes("nft") && isAtLeast(iptables, from) && !isAtLeast(iptables, to);
  return isBroken || !isAtLeast(iptables, oldestIptables);
}
