/** Small things about dgram sockets. */
import type { SocketOptions } from "node:dgram";
import { isIPv6 } from "node:net";

/** A `lookup` for addresses that are literal: Node would ask for a thread's or at least a later tick's help. */
export const resolveLiteral: NonNullable<SocketOptions["lookup"]> = (hostname, _options, callback) => {
  callback(null, hostname, isIPv6(hostname) ? 6 : 4);
};
