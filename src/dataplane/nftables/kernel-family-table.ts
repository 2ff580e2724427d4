/** The table of one family in this network namespace's kernel. */
import { commitTransaction, type NetlinkSocket } from "../../kernel/index.ts";
import { Transaction } from "../../netlink/nftables/index.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { readRows, readTable } from "./read-table.ts";
import type { FamilyTable } from "./table-contents.ts";
import { changeOperations } from "./table-operations.ts";

export function kernelFamilyTable(socket: NetlinkSocket, traits: FamilyTraits): FamilyTable {
  return {
    read: (options) => readTable(socket, traits, options),
    readRows: (set) => readRows(socket, traits, set),
    async commit(changes) {
      const transaction = new Transaction();
      for (const operation of changeOperations(traits, changes)) transaction.add(operation);
      await commitTransaction(socket, transaction);
    },
  };
}
