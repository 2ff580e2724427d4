/** Reads HostFacts from the system that the proxy runs on. */
import { readdir, readFile } from "node:fs/promises";
import { type HostFacts, maxNamed } from "../../api/proxy-report/host-facts.ts";
import {
  findPortOwner,
  formatPortOwner,
  listDropPolicies,
  listeningPorts,
  listKubeProxyRules,
  readSysctl,
} from "../../kernel/index.ts";
import { readLinkSizes } from "./read-link-sizes.ts";

export interface NodePortPlace {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

export interface WhatIsForwarded {
  readonly mode: string;
  /** The NodePorts that the kernel forwards; absent where sockets do, which chains and other listeners tell of by themselves. */
  readonly nodePorts?: readonly NodePortPlace[];
  readonly nodePortAddresses: readonly string[];
  /** Of the node's own pods. */
  readonly podCIDRs: readonly string[];
}

/** What cannot be read is left out. */
export async function readHostFacts({
  mode,
  nodePorts: forwarded,
  nodePortAddresses,
  podCIDRs,
}: WhatIsForwarded): Promise<HostFacts> {
  const invalidPackets = await countInvalid();
  const liberal = setting("net/netfilter/nf_conntrack_tcp_be_liberal");
  const localPorts = numbersOf(setting("net/ipv4/ip_local_port_range"));
  const [first, last] = localPorts;
  const reservedPorts = setting("net/ipv4/ip_local_reserved_ports");
  const [entries] = numbersOf(setting("net/netfilter/nf_conntrack_count"));
  const [maximum] = numbersOf(setting("net/netfilter/nf_conntrack_max"));
  return {
    forwards: forwarding(),
    ...(first !== undefined && last !== undefined && { localPorts: [first, last] }),
    ...(reservedPorts && { reservedPorts }),
    strictReversePath: await strictReversePath(),
    ...(entries !== undefined && maximum !== undefined && { conntrack: { entries, maximum } }),
    dropPolicies: forwarded ? await dropPolicies() : [],
    shadowedListeners: await shadowedListeners(forwarded ?? []),
    ...(forwarded && (await kubeProxyRules())),
    ...(await readLinkSizes(podCIDRs).catch(() => ({}))),
    ...(invalidPackets !== undefined && { invalidPackets }),
    ...(liberal !== undefined && { liberalTcp: liberal !== "0" }),
    ...(mode === "iptables" && (await iptablesVersion())),
    nodePortAddresses: nodePortAddresses.slice(0, maxNamed),
  };
}

/** The column of all processors' rows; their numbers are hexadecimal (net/netfilter/nf_conntrack_standalone.c). */
async function countInvalid(): Promise<number | undefined> {
  const text = await readFile("/proc/net/stat/nf_conntrack", "utf8").catch(() => "");
  const [header, ...rows] = text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const column = header?.indexOf("invalid") ?? -1;
  if (column < 0) return undefined;
  return rows.reduce((sum, row) => sum + Number.parseInt(row[column] ?? "0", 16), 0);
}

async function iptablesVersion(): Promise<Pick<HostFacts, "iptables">> {
  const { installedPrograms, variants } = await import("../../dataplane/iptables/index.ts");
  const [found] = await installedPrograms(variants).catch(() => []);
  return found ? { iptables: `${found.version} (${found.variant})` } : {};
}

function forwarding(): HostFacts["forwards"] {
  const four = setting("net/ipv4/ip_forward");
  const six = setting("net/ipv6/conf/all/forwarding");
  return {
    ...(four !== undefined && { IPv4: four === "1" }),
    ...(six !== undefined && { IPv6: six === "1" }),
  };
}

/** The larger of the interface's and that of `all` counts: Documentation/networking/ip-sysctl.rst. */
async function strictReversePath(): Promise<readonly string[]> {
  const names = await readdir("/proc/sys/net/ipv4/conf").catch(() => []);
  const filterOf = (name: string) => numbersOf(setting(`net/ipv4/conf/${name}/rp_filter`))[0] ?? 0;
  const general = filterOf("all");
  return names
    .filter((name) => !["all", "default", "lo"].includes(name))
    .filter((name) => Math.max(general, filterOf(name)) === 1)
    .slice(0, maxNamed);
}

async function dropPolicies(): Promise<readonly string[]> {
  const policies = await listDropPolicies().catch(() => []);
  return policies.map(({ chain }) => chain).slice(0, maxNamed);
}

async function kubeProxyRules(): Promise<Pick<HostFacts, "kubeProxyRules" | "kubeProxyUsers">> {
  const { places, users } = await listKubeProxyRules().catch(() => ({ places: [], users: [] }));
  return { kubeProxyRules: places.slice(0, maxNamed), kubeProxyUsers: users.slice(0, maxNamed) };
}

async function shadowedListeners(nodePorts: readonly NodePortPlace[]): Promise<readonly string[]> {
  if (nodePorts.length === 0) return [];
  const ports = { TCP: await listening("TCP"), UDP: await listening("UDP") };
  const shadowed = nodePorts.filter(({ protocol, port }) => ports[protocol].has(port)).slice(0, maxNamed);
  const named: string[] = [];
  for (const { protocol, port } of shadowed) {
    const owner = await findPortOwner({ protocol, address: "0.0.0.0", port });
    named.push(`${port}/${protocol}: ${owner ? formatPortOwner(owner) : "a process"}`);
  }
  return named;
}

async function listening(protocol: "TCP" | "UDP"): Promise<ReadonlySet<number>> {
  const name = protocol.toLowerCase();
  const tables = await Promise.all(
    [name, `${name}6`].map((table) => readFile(`/proc/net/${table}`, "utf8").catch(() => "")),
  );
  return new Set(tables.flatMap((table) => [...listeningPorts(table, protocol)]));
}

/** Undefined where the system does not have it, or does not let it be read. */
function setting(key: string): string | undefined {
  try {
    return readSysctl(key);
  } catch {
    return undefined;
  }
}

function numbersOf(text: string | undefined): readonly number[] {
  return (text ?? "").split(/\s+/).filter(Boolean).map(Number);
}
