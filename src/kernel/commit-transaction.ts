/** Brings a transaction of nf_tables to the kernel. */
import { formatOperation, locateAttribute, type Transaction } from "../netlink/nftables/index.ts";
import { NetlinkError, type NetlinkRefusal } from "./netlink-error.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";

/**
 * Makes all of a transaction so, in one moment. Throws NetlinkError with the first operation that the kernel refused, or with code
 * ENOBUFS if it cannot be known what it did; a refused transaction changes nothing.
 */
export async function commitTransaction(socket: NetlinkSocket, transaction: Transaction): Promise<void> {
  if (transaction.operationCount === 0) return;
  const messages = transaction.messages();
  const answers = await socket.exchange("Cannot change the ruleset", messages);
  answers.forEach(({ refusal }, index) => {
    if (!refusal) return;
    const operation = transaction.operationOfMessage(index);
    throw new NetlinkError(
      operation ? `Cannot ${formatOperation(operation)}` : "Cannot change the ruleset",
      located(refusal, messages[index]),
    );
  });
}

/** Adds the attribute that the kernel points at. */
function located(refusal: NetlinkRefusal, message: Uint8Array | undefined): NetlinkRefusal {
  if (!message || refusal.offset === undefined) return refusal;
  const attribute = locateAttribute(message, refusal.offset);
  return attribute === undefined ? refusal : { ...refusal, attribute };
}
