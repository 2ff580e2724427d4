/** Base chains that drop what none of their rules takes: firewalls that let through only what they know. */
import { decodeChain, listChains } from "../netlink/nftables/index.ts";
import { isNetlinkError } from "./netlink-error.ts";
import { NETLINK_NETFILTER } from "./netlink-protocol.ts";
import { list } from "./netlink-request.ts";
import { type NamespaceHandle, openNetlinkSocket } from "./netlink-socket.ts";

export interface DropPolicy {
  /** `ip filter FORWARD`, as `nft list chain` takes it. */
  readonly chain: string;
  readonly hook: "input" | "forward";
}

/** Of nf_tables, which rules of iptables-nft are part of; those of iptables-legacy cannot be seen here. Needs CAP_NET_ADMIN. */
export async function listDropPolicies(namespace?: NamespaceHandle): Promise<readonly DropPolicy[]> {
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  const found: DropPolicy[] = [];
  for (const family of ["ip", "ip6", "inet"] as const) {
    const chains = await list(
      socket,
      "Cannot list the chains of nf_tables",
      listChains(family),
      decodeChain,
    ).catch((error: unknown) => {
      // Where nobody uses the family the kernel may not know it.
      if (isNetlinkError(error, "EAFNOSUPPORT", "ENOENT", "EOPNOTSUPP")) return [];
      throw error;
    });
    for (const { table, chain, base } of chains) {
      if (base?.policy !== "drop" || (base.hook !== "input" && base.hook !== "forward")) continue;
      found.push({ chain: `${family} ${table} ${chain}`, hook: base.hook });
    }
  }
  return found;
}
