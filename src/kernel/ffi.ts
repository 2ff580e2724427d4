/** The one door to native functions: the C library through koffi, loaded when it is first asked for. */
import type { SourceFilterProgram } from "./classic-bpf.ts";

export interface Libc {
  /** Attaches a classic BPF filter to a socket; needs no privileges. Throws with the errno's name. */
  attachFilter(fd: number, program: SourceFilterProgram): void;
  /** Removes the filter of a socket, if it has one. */
  detachFilter(fd: number): void;
  /** ioctl(2) with a buffer that is read or filled. Throws with the errno. */
  control(fd: number, request: number, data: Uint8Array): void;
}

// include/uapi/asm-generic/socket.h
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
// include/uapi/asm-generic/errno-base.h
const ENOENT = 2;

let loading: Promise<Libc | undefined> | undefined;

/** Returns the C library's functions; undefined where there are none to be had (not Linux, no native module). */
export function openLibc(): Promise<Libc | undefined> {
  loading ??= process.platform === "linux" ? load().catch(() => undefined) : Promise.resolve(undefined);
  return loading;
}

async function load(): Promise<Libc> {
  const { default: koffi } = await import("koffi");
  const library = koffi.load(null);
  // include/uapi/linux/filter.h: struct sock_fprog { unsigned short len; struct sock_filter *filter; };
  const program = koffi.struct("sock_fprog", { len: "uint16_t", filter: "const uint8_t *" });
  const setFilter = library.func("setsockopt", "int", [
    "int",
    "int",
    "int",
    koffi.pointer(program),
    "uint32_t",
  ]);
  const ioctl = library.func("ioctl", "int", ["int", "unsigned long", "void *"]);
  const attempt = (fd: number, option: number, value: { len: number; filter: Uint8Array }): number =>
    setFilter(fd, SOL_SOCKET, option, value, koffi.sizeof(program)) === 0 ? 0 : koffi.errno();
  return {
    attachFilter(fd, filter) {
      const errno = attempt(fd, SO_ATTACH_FILTER, { len: filter.length / 8, filter });
      if (errno !== 0) throw new Error(`Cannot attach a socket filter: errno ${errno}`);
    },
    detachFilter(fd) {
      const errno = attempt(fd, SO_DETACH_FILTER, { len: 0, filter: new Uint8Array(8) });
      if (errno !== 0 && errno !== ENOENT) throw new Error(`Cannot detach a socket filter: errno ${errno}`);
    },
    control(fd, request, data) {
      if (ioctl(fd, request, data) !== 0)
        throw new Error(`ioctl 0x${request.toString(16)} failed: errno ${koffi.errno()}`);
    },
  };
}
