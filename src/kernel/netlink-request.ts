/** The usual ways to ask over a netlink socket, real or fake. */
import { isNetlinkError, NetlinkError } from "./netlink-error.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";

/** A list that changes all the time is asked for so often, then given up. */
const maximumDumps = 20;
const EINTR = 4;
const EPROTO = 71;

/**
 * Sends one request and resolves with the messages that answer it, none for a mere acknowledgement. Throws NetlinkError if the
 * kernel refuses, or gives no answer at all.
 */
export async function request(
  socket: NetlinkSocket,
  operation: string,
  message: Uint8Array,
): Promise<readonly Uint8Array[]> {
  const [answer] = await socket.exchange(operation, [message]);
  if (answer?.refusal) throw new NetlinkError(operation, answer.refusal);
  if (!answer?.acknowledged && !answer?.messages.length)
    throw new NetlinkError(operation, { errno: EPROTO, message: "the kernel gave no answer" });
  return answer.messages;
}

/**
 * Lists everything that a dump request asks for, `decode` giving undefined for what is not wanted. What changed while it was listed
 * is listed again. Throws NetlinkError if the kernel refuses, with code EINTR if it keeps changing; an empty list is never a failure.
 */
export async function list<T>(
  socket: NetlinkSocket,
  operation: string,
  message: Uint8Array,
  decode: (message: Uint8Array) => T | undefined,
): Promise<T[]> {
  for (let attempt = 0; attempt < maximumDumps; attempt += 1) {
    const result: T[] = [];
    const complete = await socket
      .dump(operation, message, (part) => {
        const value = decode(part);
        if (value !== undefined) result.push(value);
      })
      .catch((error: unknown) => {
        if (isNetlinkError(error, "ENOBUFS")) return false;
        throw error;
      });
    if (complete) return result;
  }
  throw new NetlinkError(operation, { errno: EINTR, message: "it changed each time while it was listed" });
}
