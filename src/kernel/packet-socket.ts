/** Sends whole Ethernet frames (packet(7)), for what the kernel does not send by itself. */
import { closeSync } from "node:fs";
import { enterNamespace } from "./enter-namespace.ts";
import { requireLibc } from "./ffi.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";
import { AF_PACKET, linkSocketAddress } from "./socket-address.ts";

export interface PacketSocket extends Disposable {
  /** Sends a frame, its Ethernet header included. Throws SystemCallError, ENETDOWN while the link is down. */
  send(frame: Uint8Array): void;
}

const SOCK_RAW = 3;
/** Nothing is received: the socket is for no protocol. */
const noProtocol = 0;

/** Opens a socket on a link of a namespace, of the process's own if none is given. Throws SystemCallError, EPERM without CAP_NET_RAW. */
export async function openPacketSocket(
  linkIndex: number,
  namespace?: NamespaceHandle,
): Promise<PacketSocket> {
  const libc = await requireLibc();
  const action = `Cannot open a packet socket on link ${linkIndex}`;
  const open = () => libc.socket(action, AF_PACKET, SOCK_RAW, noProtocol);
  const fd = namespace ? enterNamespace(libc, namespace.fd, namespace.name, open) : open();
  let closed = false;
  const close = () => {
    if (!closed) closeSync(fd);
    closed = true;
  };
  try {
    libc.bind(action, fd, linkSocketAddress(linkIndex));
  } catch (error) {
    close();
    throw error;
  }
  return {
    send: (frame) => void libc.send(`Cannot send a frame on link ${linkIndex}`, fd, frame),
    [Symbol.dispose]: close,
  };
}
