/** Faults that proxies report of themselves and of their nodes' systems. */
import { type Fault, healthy, nodes, proxyOf } from "./cluster.ts";

export const reportFaults: readonly Fault[] = [
  {
    id: "proxy-silent",
    name: "a proxy that was killed",
    objects: healthy(),
    proxies: [proxyOf({}, {}, { isAlive: false })],
    object: "Node node-a",
    evidence: /2026-01-01T00:00:00/,
  },
  {
    id: "proxy-fails",
    name: "a proxy without rights",
    objects: healthy(),
    proxies: [proxyOf({ failure: "Cannot open a netlink socket: not permitted" })],
    object: "Node node-a",
    evidence: /Cannot open a netlink socket/,
  },
  {
    id: "not-programmed",
    name: "a port that another program holds on one node",
    objects: healthy(),
    proxies: [proxyOf({ problems: [{ service: "default/demo-service", message: "30080 is in use" }] })],
    evidence: /node-a: 30080 is in use/,
  },
  {
    id: "forwarding-off",
    name: "a system that forwards nothing",
    objects: healthy(),
    proxies: [proxyOf({}, { forwards: { IPv4: false, IPv6: false } })],
    object: "Node node-a",
    evidence: /net\.ipv4\.ip_forward and net\.ipv6\.conf\.all\.forwarding is 0/,
  },
  {
    id: "strict-reverse-path",
    name: "a strict filter on two interfaces",
    objects: healthy(),
    proxies: [proxyOf({}, { strictReversePath: ["eth0", "eth1"] })],
    object: "Node node-a",
    evidence: /rp_filter is 1 on eth0, eth1/,
  },
  {
    id: "conntrack-nearly-full",
    name: "a table of connections that is nearly full",
    objects: healthy(),
    proxies: [proxyOf({}, { conntrack: { entries: 120_000, maximum: 131_072 } })],
    object: "Node node-a",
    evidence: /120000 of 131072 entries/,
  },
  {
    id: "firewall-drops-by-default",
    name: "Docker's policy for forwarded packets",
    objects: healthy(),
    proxies: [proxyOf({}, { dropPolicies: ["ip filter FORWARD"] })],
    object: "Node node-a",
    evidence: /"ip filter FORWARD" has the policy drop/,
  },
  {
    id: "mtu-shrinks-on-the-way-out",
    name: "pods behind a tunnel that takes less",
    objects: healthy(),
    proxies: [proxyOf({}, { widerLinks: [{ name: "cni0", mtu: 1550 }] })],
    object: "Node node-a",
    evidence: /eth0 \(MTU 1500\) leads out, behind cni0 \(MTU 1550\)/,
  },
  {
    id: "mtu-shrinks-on-the-way-out",
    name: "a tunnel to other nodes' pods that takes less than pods send",
    objects: nodes(healthy(), (node, index) => ({
      ...node,
      spec: { podCIDRs: [`10.180.${index + 1}.0/24`] },
    })),
    proxies: [
      proxyOf(
        {},
        {
          podLink: { name: "cni0", mtu: 1500 },
          narrowRoutes: [
            { destination: "172.30.0.0/16", name: "vpn0", mtu: 1280 },
            { destination: "10.180.2.0/24", name: "flannel.1", mtu: 1450 },
          ],
        },
      ),
    ],
    object: "Node node-a",
    evidence: /flannel\.1 \(MTU 1450\) leads to the pods of 10\.180\.2\.0\/24, behind cni0 \(MTU 1500\)/,
  },
  {
    id: "mtu-differs-between-nodes",
    name: "jumbo frames on one node alone",
    objects: healthy(),
    proxies: [
      proxyOf(),
      proxyOf({ node: "node-b" }, { uplink: { name: "eth0", mtu: 9000 } }, { node: "node-b" }),
    ],
    object: "Node node-a",
    evidence: /eth0 \(MTU 1500\), but node-b has eth0 \(MTU 9000\)/,
  },
  {
    id: "packets-out-of-place",
    name: "answers that take another way",
    objects: healthy(),
    proxies: [proxyOf({}, { invalidPackets: 123_456, liberalTcp: false })],
    object: "Node node-a",
    evidence: /123456 packets since it started; net.netfilter.nf_conntrack_tcp_be_liberal is 0/,
  },
  {
    id: "packets-out-of-place",
    name: "half of each connection, on a node that is liberal",
    objects: healthy(),
    proxies: [proxyOf({}, { invalidPackets: 123_456, liberalTcp: true })],
    object: "Node node-a",
    evidence: /123456 packets since it started, though/,
  },
  {
    id: "iptables-too-old",
    name: "iptables of Debian 10",
    objects: healthy(),
    proxies: [proxyOf({ mode: "iptables" }, { iptables: "1.8.2 (nft)" })],
    object: "Node node-a",
    evidence: /iptables 1\.8\.2 \(nft\)/,
  },
  {
    id: "nftables-would-differ",
    name: "NodePorts on more than the Node's first addresses, in iptables mode",
    objects: nodes(healthy(), (node) => ({
      ...node,
      status: {
        addresses: [
          { type: "InternalIP", address: "192.168.0.1" },
          { type: "ExternalIP", address: "203.0.113.1" },
        ],
      },
    })),
    proxies: [
      proxyOf(
        { mode: "iptables" },
        {
          nodePortAddresses: ["192.168.0.1", "203.0.113.1", "127.0.0.1"],
          dropPolicies: ["ip filter FORWARD"],
        },
      ),
    ],
    object: "Node node-a",
    evidence: /NodePorts answer on 203\.0\.113\.1, 127\.0\.0\.1, too; ip filter FORWARD has the policy drop/,
  },
  {
    id: "modes-differ",
    name: "a node whose kernel has no nf_tables",
    objects: healthy(),
    proxies: [
      proxyOf({ mode: "userspace" }),
      proxyOf({ node: "node-b" }, {}, { node: "node-b" }),
      proxyOf({ node: "node-c" }, {}, { node: "node-c" }),
    ],
    object: "Node node-a",
    evidence: /Its mode is userspace; node-b, node-c have nftables/,
  },
  {
    id: "kube-proxy-beside",
    name: "a kube-proxy that was stopped and not cleaned up",
    objects: healthy(),
    proxies: [proxyOf({}, { kubeProxyRules: ["ip nat KUBE-SERVICES"] })],
    object: "Node node-a",
    evidence: /ip nat KUBE-SERVICES/,
  },
  {
    id: "rules-count-on-kube-proxy",
    name: "a site's firewall that leads to kube-proxy's chains",
    objects: healthy(),
    proxies: [proxyOf({}, { kubeProxyUsers: ["ip filter SITE-WALL -> KUBE-FORWARD"] })],
    object: "Node node-a",
    evidence: /SITE-WALL -> KUBE-FORWARD/,
  },
  {
    id: "node-port-shadows-a-program",
    name: "a program that listens on the NodePort",
    objects: healthy(),
    proxies: [proxyOf({}, { shadowedListeners: ["30080/TCP: process 4711 (nginx)"] })],
    evidence: /node-a: 30080\/TCP: process 4711 \(nginx\)/,
  },
];
