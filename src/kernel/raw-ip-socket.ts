/** Sends whole IP packets, with whatever source (raw(7)). */
import { closeSync } from "node:fs";
import { enterNamespace } from "./enter-namespace.ts";
import { requireLibc } from "./ffi.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";
import { AF_INET, AF_INET6, ipSocketAddress } from "./socket-address.ts";

export interface RawIpSocket extends Disposable {
  /** Sends a packet, its IP header included; the kernel fills in an IPv4 header's checksum. Throws SystemCallError, ENETUNREACH, say. */
  send(packet: Uint8Array, destination: string): void;
}

const SOCK_RAW = 3;
/** Packets come with their header (include/uapi/linux/in.h). */
const IPPROTO_RAW = 255;

/** Throws SystemCallError, EPERM without CAP_NET_RAW. */
export async function openRawIpSocket(
  family: "IPv4" | "IPv6",
  namespace?: NamespaceHandle,
): Promise<RawIpSocket> {
  const libc = await requireLibc();
  const action = `Cannot open a raw socket of ${family}`;
  const open = () => libc.socket(action, family === "IPv4" ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW);
  const fd = namespace ? enterNamespace(libc, namespace.fd, namespace.name, open) : open();
  return {
    send: (packet, destination) =>
      void libc.sendTo(`Cannot send to ${destination}`, fd, packet, ipSocketAddress(destination)),
    [Symbol.dispose]: () => closeSync(fd),
  };
}
