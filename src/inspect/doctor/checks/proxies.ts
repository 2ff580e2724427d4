/** Checks of nodes whose proxies are not like the others, and of what another proxy left. */
import type { Check } from "../check.ts";
import { hostCheck } from "../host-check.ts";
import { listed } from "../service-facts.ts";

export const proxyChecks: readonly Check[] = [
  {
    id: "modes-differ",
    severity: "warning",
    title: "A node forwards in another mode than most",
    explanation: `With --mode auto a proxy tries on its node what the kernel and the programs there can do, and takes the first mode that works. A node that comes to another mode than the others lacks something: a kernel from before 5.13, a module (nf_tables, nf_conntrack, ip_vs), iptables, or the right CAP_NET_ADMIN. In mode userspace pods see the node's address instead of the client's, and NodePorts end with the proxy.

The proxy's log says why, at its start: "Chose how to forward". A mode that is set instead of auto and cannot be had ends the proxy with the reason.`,
    find: ({ proxies }) => {
      const running = proxies.flatMap(({ report }) => (report ? [report] : []));
      const [most, ...others] = [...Map.groupBy(running, ({ mode }) => mode)].sort(
        ([, a], [, b]) => b.length - a.length,
      );
      if (!most) return [];
      const [usual, nodes] = most;
      return others
        .filter(([, fewer]) => fewer.length < nodes.length)
        .flatMap(([mode, fewer]) =>
          fewer.map(({ node }) => ({
            object: `Node ${node}`,
            evidence: `Its mode is ${mode}; ${listed(nodes.map((report) => report.node))} ${nodes.length === 1 ? "has" : "have"} ${usual}`,
            advice: `See in its proxy's log why it is not ${usual}, or set the same --mode on all nodes`,
          })),
        );
    },
  },
  hostCheck({
    id: "kube-proxy-beside",
    severity: "warning",
    title: "kube-proxy's rules are in force beside Porthole's",
    explanation: `The node's kernel holds rules of kube-proxy, which still runs there or has left them: nobody takes them away when it ends. Both translate the same packets and the first wins. Rules of a proxy that has ended lead to pods as they were then, which is seen as connections that fail now and then, or always after a pod has moved.

Stop kube-proxy on the node, then remove its rules: porthole proxy --cleanup-kube-proxy. See docs/migration.md.`,
    find: ({ kubeProxyRules = [] }) =>
      kubeProxyRules.length === 0
        ? undefined
        : {
            evidence: `There is ${kubeProxyRules.join(", ")}`,
            advice: "Stop kube-proxy there, then: porthole proxy --cleanup-kube-proxy",
          },
  }),
  hostCheck({
    id: "rules-count-on-kube-proxy",
    severity: "warning",
    title: "A node's firewall counts on kube-proxy's chains",
    explanation: `Rules that somebody else made lead to chains that kube-proxy's iptables mode makes (KUBE-…). In every other mode, kube-proxy's or Porthole's, nobody fills those chains: packets run through without a match, and what was let in there no longer is. They also keep kube-proxy's own clean-up from removing the chain.

Write what they are for in the site's own chains: forwarded NodePort packets are those with "ct status dnat".`,
    find: ({ kubeProxyUsers = [] }) =>
      kubeProxyUsers.length === 0
        ? undefined
        : {
            evidence: kubeProxyUsers.join(", "),
            advice:
              "Let these rules decide by themselves, such as: iptables -m conntrack --ctstate DNAT -j ACCEPT",
          },
  }),
];
