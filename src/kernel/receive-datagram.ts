/** Receives whole netlink datagrams, whatever their size. */
import type { Libc } from "./ffi.ts";

// include/linux/socket.h
const MSG_PEEK = 0x02;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** Holds nearly every datagram: the kernel makes those of dumps as large as the reader's buffer, up to 32 KiB. */
const usualBytes = 64 << 10;
let scratch: Uint8Array<ArrayBuffer> | undefined;
const nothing = new Uint8Array(0);

/** Returns a copy of the next datagram; undefined if there is none now. Throws SystemCallError, with ENOBUFS if some were lost. */
export function receiveDatagram(libc: Libc, fd: number, action: string): Uint8Array | undefined {
  scratch ??= new Uint8Array(usualBytes);
  const length = libc.receive(action, fd, scratch, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
  if (length === undefined) return undefined;
  if (length > scratch.length) {
    const whole = new Uint8Array(length);
    libc.receive(action, fd, whole, MSG_DONTWAIT);
    return whole;
  }
  const datagram = scratch.slice(0, length);
  libc.receive(action, fd, nothing, MSG_TRUNC | MSG_DONTWAIT);
  return datagram;
}
