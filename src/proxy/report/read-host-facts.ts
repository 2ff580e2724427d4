/** Reads HostFacts from the system that the proxy runs on. */
import { readdir, readFile } from "node:fs/promises";
import { type HostFacts, maxNamed } from "../../api/proxy-report/host-facts.ts";
import {
  findPortOwner,
  formatPortOwner,
  listDropPolicies,
  listeningPorts,
  readSysctl,
} from "../../kernel/index.ts";

export interface NodePortPlace {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

/**
 * `forwarded`: the NodePorts that the kernel forwards; undefined where sockets do, which chains and other listeners tell of by themselves.
 * What cannot be read is left out.
 */
export async function readHostFacts(forwarded: readonly NodePortPlace[] | undefined): Promise<HostFacts> {
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
  };
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
