/** Follows packets through the rules of nf_tables, by the kernel's own tracing (Documentation: `nft monitor trace`). */
import { addressBytes } from "../lib/address-bytes.ts";
import { readMessageHeader } from "../netlink/codec/index.ts";
import {
  decodeTrace,
  type Expression,
  NFNLGRP_NFTRACE,
  NFT_MSG_TRACE,
  NFT_TABLE_F_OWNER,
  type TraceInfo,
  Transaction,
} from "../netlink/nftables/index.ts";
import { commitTransaction } from "./commit-transaction.ts";
import { watchNetlink } from "./netlink-events.ts";
import { NETLINK_NETFILTER } from "./netlink-protocol.ts";
import { type NamespaceHandle, openNetlinkSocket } from "./netlink-socket.ts";

export interface TracedPackets {
  readonly address: string;
  /** Of the IP header: 6 TCP, 17 UDP, 132 SCTP. */
  readonly protocol: number;
  readonly port: number;
}

/** Before everything else that looks at packets (NF_IP_PRI_RAW is -300, and connection tracking's defragmentation -400). */
const priority = -350;
const register = 1;

/**
 * Traces all packets to that address and port until it is disposed of, which also takes its table away. The table is owned by the
 * process: a crash leaves nothing. Rules of iptables are seen where iptables runs on nf_tables. Needs CAP_NET_ADMIN; throws NetlinkError.
 */
export async function tracePackets(
  packets: TracedPackets,
  onStep: (step: TraceInfo) => void,
  namespace?: NamespaceHandle,
): Promise<AsyncDisposable> {
  const socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  const table = { family: packets.address.includes(":") ? "ip6" : "ip", table: "porthole-trace" } as const;
  const events = await watchNetlink(
    { protocol: NETLINK_NETFILTER, groups: [NFNLGRP_NFTRACE], ...(namespace && { namespace }) },
    {
      message(message) {
        if (readMessageHeader(message).type !== NFT_MSG_TRACE) return;
        const step = decodeTrace(message);
        if (step.table !== table.table) onStep(step);
      },
      lost() {},
    },
  );
  const begin = new Transaction().add({
    kind: "add-table",
    ...table,
    flags: NFT_TABLE_F_OWNER,
    exclusive: true,
  });
  for (const hook of ["prerouting", "output"] as const) {
    const base = { type: "filter", hook, priority } as const;
    begin.add({ kind: "add-chain", ...table, chain: hook, base });
    begin.add({ kind: "add-rule", ...table, chain: hook, expressions: traceRule(packets) });
  }
  try {
    await commitTransaction(socket, begin);
  } catch (error) {
    events[Symbol.dispose]();
    await socket[Symbol.asyncDispose]();
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      events[Symbol.dispose]();
      // Its owner is this socket: the kernel takes the table away when it closes.
      await socket[Symbol.asyncDispose]();
    },
  };
}

/** `ip daddr A meta l4proto P th dport N meta nftrace set 1` */
function traceRule({ address, protocol, port }: TracedPackets): readonly Expression[] {
  const bytes = addressBytes(address);
  if (!bytes) throw new RangeError(`Cannot trace packets to "${address}": it is no IP address`);
  // Of struct iphdr and struct ipv6hdr: where the destination stands.
  const offset = bytes.length === 4 ? 16 : 24;
  return [
    { kind: "payload", dreg: register, base: "network", offset, length: bytes.length },
    { kind: "cmp", sreg: register, op: "eq", data: bytes },
    { kind: "meta", key: "l4proto", dreg: register },
    { kind: "cmp", sreg: register, op: "eq", data: Uint8Array.of(protocol) },
    { kind: "payload", dreg: register, base: "transport", offset: 2, length: 2 },
    { kind: "cmp", sreg: register, op: "eq", data: Uint8Array.of(port >> 8, port & 0xff) },
    { kind: "immediate", dreg: register, data: Uint8Array.of(1) },
    { kind: "meta", key: "nftrace", sreg: register },
  ];
}
