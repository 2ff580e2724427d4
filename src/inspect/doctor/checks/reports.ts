/** Checks of what the nodes' proxies report: what they cannot forward, and how their systems are set up. */
import { type Check, serviceCheck } from "../check.ts";
import { hostCheck } from "../host-check.ts";

/** Part of the table that may be taken before it is worth a word. */
const conntrackFullness = 0.9;

export const reportChecks: readonly Check[] = [
  {
    id: "proxy-silent",
    severity: "error",
    title: "A node's proxy no longer reports",
    explanation: `Porthole's proxies renew a Lease every 10 seconds (kube-system, porthole-proxy-NODE). This one has not for 40: it has ended, hangs, or does not reach the API server. What the kernel forwards goes on as it was and grows stale; with sockets (mode userspace) nothing is forwarded any more.`,
    find: ({ proxies }) =>
      proxies
        .filter(({ report, isAlive, isNodeReady }) => report && !isAlive && isNodeReady)
        .map(({ node, renewedAtMs = 0 }) => ({
          object: `Node ${node}`,
          evidence: `Its last report is of ${new Date(renewedAtMs).toISOString()}`,
          advice: "Look at the node's proxy and its log, and start it again",
        })),
  },
  {
    id: "proxy-fails",
    severity: "error",
    title: "A node's proxy cannot forward anything new",
    explanation:
      "The last change could not be made at all, not even in part: the system refused. What was forwarded before goes on. The proxy tries again and again, at growing intervals up to 30 seconds.",
    find: ({ proxies }) =>
      proxies.flatMap(({ node, report, isAlive }) =>
        isAlive && report?.failure !== undefined
          ? [
              {
                object: `Node ${node}`,
                evidence: report.failure,
                advice: "Do what the message says, or try another --mode",
              },
            ]
          : [],
      ),
  },
  serviceCheck({
    id: "not-programmed",
    severity: "error",
    title: "A node's proxy cannot forward this Service",
    explanation:
      "The proxy reports that it could not make something of this Service so: a port that another program holds, an address that is not the node's, or something that its mode cannot do. Other nodes may be well.",
    causes: ["node-port-lacking", "node-port-silent"],
    find: ({ key }, { proxies }) => {
      const told = proxies.flatMap(({ node, report }) =>
        (report?.problems ?? [])
          .filter(({ service }) => service === key)
          .map(({ message }) => `${node}: ${message}`),
      );
      if (told.length === 0) return undefined;
      return { evidence: told.join("; "), advice: "Do what the message says" };
    },
  }),
  hostCheck({
    id: "forwarding-off",
    severity: "error",
    title: "A node's system does not forward packets",
    explanation: `Where the kernel forwards (modes nftables, iptables, ipvs) a packet to a pod is one that the node passes on, which Linux does only with net.ipv4.ip_forward=1 and net.ipv6.conf.all.forwarding=1. Something has set it to 0, or never to 1.`,
    find: ({ forwards }) => {
      const off = [
        ...(forwards.IPv4 === false ? ["net.ipv4.ip_forward"] : []),
        ...(forwards.IPv6 === false ? ["net.ipv6.conf.all.forwarding"] : []),
      ];
      // A node without IPv6 pods rarely forwards IPv6.
      if (!off.includes("net.ipv4.ip_forward")) return undefined;
      return {
        evidence: `${off.join(" and ")} is 0`,
        advice: `${off.map((name) => `sysctl -w ${name}=1`).join("; ")}, and write it into /etc/sysctl.d`,
      };
    },
  }),
  hostCheck({
    id: "strict-reverse-path",
    severity: "info",
    title: "A node drops packets that come in by another way than answers would leave",
    explanation: `rp_filter=1 (strict) drops a packet whose source would be answered through another interface. With one interface that does not matter; with several, NodePorts reached through the second one stay silent. 2 (loose) lets them in.`,
    find: ({ strictReversePath }) =>
      strictReversePath.length < 2
        ? undefined
        : {
            evidence: `rp_filter is 1 on ${strictReversePath.join(", ")}`,
            advice:
              "Where clients come in by several interfaces: sysctl -w net.ipv4.conf.all.rp_filter=2, which counts for all of them",
          },
  }),
  hostCheck({
    id: "conntrack-nearly-full",
    severity: "warning",
    title: "A node's table of connections is nearly full",
    explanation:
      "Every forwarded connection takes an entry of the kernel's conntrack table. When it is full, packets of new connections are dropped: clients wait and try again. The proxy sizes the table as kube-proxy does (--conntrack-max-per-core, --conntrack-min).",
    find: ({ conntrack }) =>
      conntrack && conntrack.entries >= conntrack.maximum * conntrackFullness
        ? {
            evidence: `${conntrack.entries} of ${conntrack.maximum} entries are taken`,
            advice: `sysctl -w net.netfilter.nf_conntrack_max=${conntrack.maximum * 2}, and look what opens so many connections`,
          }
        : undefined,
  }),
  hostCheck({
    id: "firewall-drops-by-default",
    severity: "info",
    title: "A node's firewall drops what it does not know",
    explanation: `A chain of the node's own rules has the policy drop: forwarded packets get through only if one of its rules lets them. Docker sets such a policy for FORWARD; so do firewalls. An "accept" in Porthole's table, or in that of kube-proxy's mode nftables, does not overrule another table's drop.

porthole trace --live ADDRESS:PORT shows whether a packet ends there.`,
    find: ({ dropPolicies }) =>
      dropPolicies.length === 0
        ? undefined
        : {
            evidence: `${dropPolicies.map((chain) => `"${chain}"`).join(", ")} has the policy drop`,
            advice: "If NodePorts stay silent, let them in: nft add rule CHAIN ct status dnat accept",
          },
  }),
  serviceCheck({
    id: "node-port-shadows-a-program",
    severity: "warning",
    title: "A program of a node listens on the NodePort, too",
    explanation:
      "The kernel leads packets to the NodePort to the Service before any program sees them. A program that listens on the same port gets nothing from outside, and nobody tells it.",
    find: ({ nodePorts }, { hosts }) => {
      const told = hosts.flatMap(({ node, host }) =>
        host.shadowedListeners
          .filter((text) => nodePorts.includes(Number.parseInt(text, 10)))
          .map((text) => `${node}: ${text}`),
      );
      if (told.length === 0) return undefined;
      return { evidence: told.join("; "), advice: "Give the program or the Service another port" };
    },
  }),
];
