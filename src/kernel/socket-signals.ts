/**
 * Tells when a socket has something to read, for sockets that Node cannot watch: the kernel sends SIGURG (fcntl(2), F_SETSIG), and
 * Node's event loop handles signals. That takes no thread, no descriptor and no timer, and keeps no process from ending. SIGURG is
 * ignored by default, so one that comes late does no harm.
 */
import type { Libc } from "./ffi.ts";

// include/uapi/asm-generic/fcntl.h
const F_GETFL = 3;
const F_SETFL = 4;
const F_SETOWN = 8;
const F_SETSIG = 10;
const O_ASYNC = 0o20000;
/** include/uapi/asm-generic/signal.h */
const SIGURG = 23;

const watchers = new Set<() => void>();

/**
 * Calls `onReadable` after something came, once for any number of messages: it must read until there is nothing left. Returns what
 * ends it. NOTE: Node hears signals on its main thread only.
 */
export function watchReadable(libc: Libc, fd: number, onReadable: () => void): () => void {
  const action = "Cannot watch a netlink socket";
  if (watchers.size === 0) process.on("SIGURG", tellAll);
  watchers.add(onReadable);
  libc.fileControl(action, fd, F_SETSIG, SIGURG);
  libc.fileControl(action, fd, F_SETOWN, process.pid);
  libc.fileControl(action, fd, F_SETFL, libc.fileControl(action, fd, F_GETFL, 0) | O_ASYNC);
  return () => {
    watchers.delete(onReadable);
    if (watchers.size === 0) process.off("SIGURG", tellAll);
  };
}

/** The signal does not say for which socket it came. */
function tellAll(): void {
  for (const onReadable of watchers) onReadable();
}
