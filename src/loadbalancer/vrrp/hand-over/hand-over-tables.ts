/**
 * What the kernel is told for hand-overs on a link: tables of nf_tables that go with this process, however it ends (NFT_TABLE_F_OWNER), and
 * flows that connection tracking is to forget.
 */
import {
  commitTransaction,
  createConntrack,
  type NamespaceHandle,
  NETLINK_NETFILTER,
  type NetlinkSocket,
  openNetlinkSocket,
} from "../../../kernel/index.ts";
import { type Flow, IPPROTO_TCP } from "../../../netlink/conntrack/index.ts";
import { NFT_TABLE_F_OWNER, Transaction } from "../../../netlink/nftables/index.ts";
import type { Family } from "../virtual-router.ts";
import { type RuleTable, writeTable } from "./hand-over-rules.ts";

export class HandOverTables {
  readonly #namespace: NamespaceHandle | undefined;
  /** PERF: the kernel is asked for nothing before addresses pass on. */
  #socket: Promise<NetlinkSocket> | undefined;

  constructor(namespace: NamespaceHandle | undefined) {
    this.#namespace = namespace;
  }

  /** Makes it so, in one moment. Throws NetlinkError, SystemCallError. */
  async write(tables: readonly RuleTable[], name: string): Promise<void> {
    const transaction = new Transaction();
    for (const table of tables)
      for (const operation of writeTable(table, name, NFT_TABLE_F_OWNER)) transaction.add(operation);
    await commitTransaction(await this.#open(), transaction);
  }

  /**
   * Forgets the TCP flows to addresses. Those of an earlier time, when the addresses were here and connection tracking did not see the end
   * of all, would be taken for flows of today with the same ports. Throws NetlinkError, SystemCallError.
   */
  async forgetFlows(family: Family, addresses: readonly string[]): Promise<void> {
    const conntrack = createConntrack(await this.#open());
    const flows: Flow[] = [];
    await conntrack.visitFlows({ family, protocol: IPPROTO_TCP }, (flow) => {
      if (addresses.includes(flow.original.destination)) flows.push(flow);
    });
    await conntrack.deleteFlows(flows);
  }

  #open(): Promise<NetlinkSocket> {
    this.#socket ??= openNetlinkSocket(NETLINK_NETFILTER, this.#namespace);
    return this.#socket;
  }

  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined);
    await socket?.[Symbol.asyncDispose]();
  }
}
