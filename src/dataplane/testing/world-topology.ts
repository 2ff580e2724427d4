/**
 * The topology of the world of network namespaces, both families in each:
 *
 *     client (two addresses) --+           +-- pod-a1
 *     far (node-b, node-c,   --+-- lan ----+ node
 *          and their pods)                 +-- pod-a2
 *
 * `lan` is a bridge, and the router that the node's default route leads to: it answers "unreachable" for all that it
 * does not know. Pods are routed one by one, as many network plug-ins do. Service addresses are routed to the node.
 */
import { type AddressPlan, addressPlan } from "./address-plan.ts";
import { addNamespaces, namespacePrefix, runIp, writeSettings } from "./network-namespaces.ts";

export const namespaceRoles = ["lan", "node", "client", "far", "pod-a1", "pod-a2"] as const;
export type NamespaceRole = (typeof namespaceRoles)[number];
export type NamespaceNames = Readonly<Record<NamespaceRole, string>>;

const plans = [addressPlan("IPv4"), addressPlan("IPv6")] as const;

/** Makes all namespaces, their links, addresses and routes, and returns the namespaces' names. */
export function makeTopology(): NamespaceNames {
  const prefix = namespacePrefix();
  const names = Object.fromEntries(
    namespaceRoles.map((role) => [role, `${prefix}${role}`]),
  ) as NamespaceNames;
  addNamespaces(Object.values(names));
  for (const role of namespaceRoles) writeSettings(names[role], settingsOf(role));
  const veth = (name: string, at: NamespaceRole, to: NamespaceRole) =>
    `link add ${name} netns ${names[at]} type veth peer name eth0 netns ${names[to]}`;
  runIp(undefined, [
    veth("to-node", "lan", "node"),
    veth("to-client", "lan", "client"),
    veth("to-far", "lan", "far"),
    veth("to-pod-a1", "node", "pod-a1"),
    veth("to-pod-a2", "node", "pod-a2"),
  ]);
  runIp(names.lan, lanCommands());
  runIp(names.node, nodeCommands());
  runIp(names.client, clientCommands());
  runIp(names.far, farCommands());
  runIp(names["pod-a1"], podCommands(0));
  runIp(names["pod-a2"], podCommands(1));
  return names;
}

/** Errors that are meant as answers are not held back, and IPv6 addresses can be used at once. */
function settingsOf(role: NamespaceRole): Readonly<Record<string, string>> {
  const everywhere = {
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv4/icmp_msgs_per_sec": "1000000",
    "net/ipv4/icmp_msgs_burst": "100000",
    "net/ipv6/icmp/ratelimit": "0",
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
  };
  if (role !== "node" && role !== "lan") return everywhere;
  return {
    ...everywhere,
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
  };
}

function lanCommands(): readonly string[] {
  const ports = ["to-node", "to-client", "to-far"].map((port) => `link set ${port} master lan up`);
  return [
    "link add lan type bridge",
    "link set lan up",
    ...ports,
    ...plans.flatMap(({ router, network, clients, family }) => [
      addAddress(family, router, network, "lan"),
      `route add ${clients[0]} dev lan`,
      `route add ${clients[1]} dev lan`,
    ]),
  ];
}

function nodeCommands(): readonly string[] {
  const onLan = ({ family, nodeAddresses, network, clients, farNodes, router }: AddressPlan) => [
    addAddress(family, nodeAddresses[0], network, "eth0"),
    addAddress(family, nodeAddresses[1], network, "eth0", true),
    ...clients.map((client) => `route add ${client} dev eth0`),
    ...farNodes.map(({ address, podCIDR }) => `route add ${podCIDR} via ${address}`),
    `route add default via ${router}`,
  ];
  const toPod = ({ family, pods, nodeAddresses }: AddressPlan, index: 0 | 1) => {
    const dev = `to-pod-a${index + 1}`;
    return [
      family === "IPv4"
        ? `addr add 169.254.1.1/32 dev ${dev} scope link`
        : `addr add fe80::1/64 dev ${dev} nodad`,
      `route add ${pods[index]} dev ${dev} src ${nodeAddresses[0]}`,
    ];
  };
  return [
    "link set eth0 up",
    "link set to-pod-a1 up",
    "link set to-pod-a2 up",
    ...plans.flatMap((plan) => [...onLan(plan), ...toPod(plan, 0), ...toPod(plan, 1)]),
  ];
}

function clientCommands(): readonly string[] {
  return [
    "link set eth0 up",
    ...plans.flatMap(({ family, clients, nodeAddresses, network }) => [
      ...clients.map((client) => addAddress(family, client, network, "eth0")),
      `route add ${nodeAddresses[0]} dev eth0`,
      `route add default via ${nodeAddresses[0]}`,
    ]),
  ];
}

/** Pods of other nodes reach the node's own addresses on the lan, its pods and all Services by way of the node. */
function farCommands(): readonly string[] {
  return [
    "link set eth0 up",
    ...plans.flatMap(({ family, farNodes, farPods, network, one, nodeAddresses }) => [
      ...farNodes.map(({ address }) => addAddress(family, address, network, "eth0")),
      ...farPods.map((pod) => addAddress(family, pod, one, "lo")),
      `route add default via ${nodeAddresses[0]}`,
    ]),
  ];
}

function podCommands(index: 0 | 1): readonly string[] {
  return [
    "link set eth0 up",
    ...plans.flatMap(({ family, pods, one }) => [
      addAddress(family, pods[index], one, "eth0"),
      ...(family === "IPv4" ? ["route add 169.254.1.1 dev eth0 scope link"] : []),
      `route add default via ${family === "IPv4" ? "169.254.1.1" : "fe80::1"} dev eth0`,
    ]),
  ];
}

/** A deprecated IPv6 address answers but is never chosen as source. */
function addAddress(
  family: AddressPlan["family"],
  address: string,
  prefix: number,
  dev: string,
  second = false,
): string {
  const flags = family === "IPv4" ? "" : ` nodad${second ? " preferred_lft 0" : ""}`;
  return `addr add ${address}/${prefix} dev ${dev}${flags}`;
}
