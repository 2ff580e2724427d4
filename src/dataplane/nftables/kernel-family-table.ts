/** The table of one family in a network namespace's kernel. */
import { commitTransaction, type NetlinkSocket } from "../../kernel/index.ts";
import { Transaction } from "../../netlink/nftables/index.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { readRows, readTable } from "./read-table.ts";
import type { FamilyTable } from "./table-contents.ts";
import { changeOperations } from "./table-operations.ts";

/** `committed` is called for each transaction that the kernel took. */
export function kernelFamilyTable(
  socket: NetlinkSocket,
  traits: FamilyTraits,
  committed: () => void,
): FamilyTable {
  return {
    read: (options) => readTable(socket, traits, options),
    readRows: (set) => readRows(socket, traits, set),
    async commit(changes) {
      const transaction = new Transaction();
      for (const operation of changeOperations(traits, changes)) transaction.add(operation);
      if (transaction.operationCount === 0) return;
      await commitTransaction(socket, transaction);
      committed();
    },
  };
}
