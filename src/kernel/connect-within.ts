/** TCP connections from inside a network namespace, to what listens on its loopback link, say. */
import { isIPv6, Socket } from "node:net";
import type { Libc } from "./ffi.ts";
import type { NetworkNamespace } from "./network-namespace.ts";

// include/linux/socket.h, include/linux/net.h
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;

/**
 * Begins to connect to an address as a program in the namespace would, and returns the socket, which tells of success and of
 * every failure as any other does. The other side may end its half first.
 */
export function connectWithin(
  libc: Libc,
  namespace: NetworkNamespace,
  target: { readonly host: string; readonly port: number },
): Socket {
  const action = `Cannot connect in the network namespace "${namespace.name}"`;
  const family = isIPv6(target.host) ? AF_INET6 : AF_INET;
  try {
    // A socket belongs to the namespace that it was made in; Node would make it later, when this thread has left.
    const fd = namespace.run(() => libc.socket(action, family, SOCK_STREAM | SOCK_NONBLOCK, 0));
    return new Socket({ fd, allowHalfOpen: true }).connect(target).setNoDelay(true);
  } catch (error) {
    return new Socket().destroy(error as Error);
  }
}
