/** The tables of nf_tables that belong to hand-overs on a link. They go with this process, however it ends (NFT_TABLE_F_OWNER). */
import {
  commitTransaction,
  type NamespaceHandle,
  NETLINK_NETFILTER,
  type NetlinkSocket,
  openNetlinkSocket,
} from "../../../kernel/index.ts";
import { NFT_TABLE_F_OWNER, Transaction } from "../../../netlink/nftables/index.ts";
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
    this.#socket ??= openNetlinkSocket(NETLINK_NETFILTER, this.#namespace);
    const transaction = new Transaction();
    for (const table of tables)
      for (const operation of writeTable(table, name, NFT_TABLE_F_OWNER)) transaction.add(operation);
    await commitTransaction(await this.#socket, transaction);
  }

  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined);
    await socket?.[Symbol.asyncDispose]();
  }
}
