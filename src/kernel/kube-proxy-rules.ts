/** What kube-proxy has left in nf_tables, and which rules of others count on it. */
import { decodeChain, decodeRule, type Family, listChains, listRules } from "../netlink/nftables/index.ts";
import { isNetlinkError } from "./netlink-error.ts";
import { NETLINK_NETFILTER } from "./netlink-protocol.ts";
import { list } from "./netlink-request.ts";
import { type NamespaceHandle, type NetlinkSocket, openNetlinkSocket } from "./netlink-socket.ts";

export interface KubeProxyRules {
  /** Where its Services are: `ip nat KUBE-SERVICES` (mode iptables), `ip kube-proxy` (mode nftables). */
  readonly places: readonly string[];
  /** Other chains whose rules lead to chains of its name: `ip filter DOCKER-USER -> KUBE-FORWARD`. */
  readonly users: readonly string[];
}

/** pkg/proxy/iptables/proxier.go; kubelets make chains of that prefix, too, but not this one. */
const servicesChain = "KUBE-SERVICES";
const prefix = "KUBE-";
/** pkg/proxy/nftables/proxier.go. */
const nftablesTable = "kube-proxy";
/** Porthole's own chains and tables: thousands, which lead to no others. */
const own = /^porthole/i;
/** PERF: each is asked for its rules. */
const mostChains = 256;

/** Of nf_tables, which rules of iptables-nft are part of; those of iptables-legacy cannot be seen here. Needs CAP_NET_ADMIN. */
export async function listKubeProxyRules(namespace?: NamespaceHandle): Promise<KubeProxyRules> {
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  const places = new Set<string>();
  const users = new Set<string>();
  for (const family of ["ip", "ip6"] as const) {
    const chains = await chainsOf(socket, family);
    for (const { table, chain } of chains) {
      if (table === nftablesTable) places.add(`${family} ${table}`);
      if (chain === servicesChain) places.add(`${family} ${table} ${chain}`);
    }
    if (!chains.some(({ chain }) => !isForeign(chain))) continue;
    // Its own rules in base chains lead to its chains, too, and go when it goes.
    const others = chains.filter(
      ({ chain, base, table }) => !base && isForeign(chain) && table !== nftablesTable,
    );
    for (const { table, chain } of others.slice(0, mostChains)) {
      for (const target of await targetsOf(socket, family, table, chain)) {
        if (!isForeign(target)) users.add(`${family} ${table} ${chain} -> ${target}`);
      }
    }
  }
  return { places: [...places], users: [...users] };
}

function isForeign(chain: string): boolean {
  return !chain.startsWith(prefix);
}

async function chainsOf(socket: NetlinkSocket, family: Family) {
  try {
    return await list(socket, "Cannot list the chains of nf_tables", listChains(family), (message) => {
      const info = decodeChain(message);
      return own.test(info.chain) || own.test(info.table) ? undefined : info;
    });
  } catch (error) {
    // Where nobody uses the family the kernel may not know it.
    if (isNetlinkError(error, "EAFNOSUPPORT", "ENOENT", "EOPNOTSUPP")) return [];
    throw error;
  }
}

/** Chains that the rules of a chain lead to. */
async function targetsOf(
  socket: NetlinkSocket,
  family: Family,
  table: string,
  chain: string,
): Promise<readonly string[]> {
  const request = listRules({ family, table, chain });
  const rules = await list(socket, "Cannot list the rules of nf_tables", request, decodeRule);
  return rules.flatMap(({ expressions }) =>
    expressions.flatMap((expression) => {
      if (expression.kind !== "immediate" || !("data" in expression)) return [];
      const { data } = expression;
      return typeof data === "object" && "chain" in data && typeof data.chain === "string"
        ? [data.chain]
        : [];
    }),
  );
}
