/** Lists a set of nf_tables whole: the kernel's own list may double elements and leave out others. */
import { decodeElements, type Family, listElements, type SetElement } from "../netlink/nftables/index.ts";
import { NetlinkError } from "./netlink-error.ts";
import { list } from "./netlink-request.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";

interface SetPlace {
  readonly family: Family;
  readonly table: string;
  readonly set: string;
}

/** Growing takes the kernel some milliseconds; each attempt lists all. */
const maximumAttempts = 20;
const EINTR = 4;

/**
 * Returns a set's elements. While the kernel moves a hash table into a larger one, as it does for a moment after many additions, its list
 * begins anew with every buffer full and passes over as many elements as it gave already, in whatever order they are now; it
 * does not say so (nft_rhash_walk; kernel 6.18). As many as are missing are doubled then, so a list without doubles is whole.
 * Throws NetlinkError: ENOENT if there is no such set, EINTR if it keeps changing.
 */
export async function listSetElements(
  socket: NetlinkSocket,
  place: SetPlace,
): Promise<readonly SetElement[]> {
  const operation = `Cannot list the elements of "${place.family} ${place.table} ${place.set}"`;
  for (let attempt = 0; attempt < maximumAttempts; attempt += 1) {
    const parts = await list(socket, operation, listElements(place), decodeElements);
    const elements = parts.flatMap((part) => part.elements);
    if (new Set(elements.map(identityOf)).size === elements.length) return elements;
  }
  throw new NetlinkError(operation, { errno: EINTR, message: "it changed each time while it was listed" });
}

/** The end of a range and the begin of the next one may have the same key. */
function identityOf({ key, keyEnd, intervalEnd }: SetElement): string {
  return `${textOf(key)} ${textOf(keyEnd)} ${intervalEnd ?? false}`;
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") : "";
}
