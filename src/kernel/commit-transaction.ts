/** Brings a transaction of nf_tables to the kernel. */
import { formatOperation, type Transaction } from "../netlink/nftables/index.ts";
import { NetlinkError } from "./netlink-error.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";

/**
 * Makes all of a transaction so, in one moment. Throws NetlinkError with the first operation that the kernel refused, or with code
 * ENOBUFS if it cannot be known what it did; a refused transaction changes nothing.
 */
export async function commitTransaction(socket: NetlinkSocket, transaction: Transaction): Promise<void> {
  if (transaction.operationCount === 0) return;
  const answers = await socket.exchange("Cannot change the ruleset", transaction.messages());
  answers.forEach(({ refusal }, index) => {
    if (!refusal) return;
    const operation = transaction.operationOfMessage(index);
    throw new NetlinkError(
      operation ? `Cannot ${formatOperation(operation)}` : "Cannot change the ruleset",
      refusal,
    );
  });
}
