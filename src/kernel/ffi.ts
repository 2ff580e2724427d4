/** The one door to native functions: the C library through koffi, loaded when it is first asked for. */
import type { SourceFilterProgram } from "./classic-bpf.ts";
import { SystemCallError } from "./system-call-error.ts";

/** System calls, made on the calling thread. What fails throws SystemCallError whose text begins with `action`. */
export interface Libc {
  /** Attaches a classic BPF filter to a socket; needs no privileges. */
  attachFilter(fd: number, program: SourceFilterProgram): void;
  /** Removes the filter of a socket, if it has one. */
  detachFilter(fd: number): void;
  /** ioctl(2) with a buffer that is read or filled; returns its result. */
  control(action: string, fd: number, request: number, data: Uint8Array): number;
  /** Returns the file descriptor of a new socket that children do not inherit. */
  socket(action: string, domain: number, type: number, protocol: number): number;
  bind(action: string, fd: number, address: Uint8Array): void;
  /** setsockopt(2) with an int. */
  setOption(action: string, fd: number, level: number, option: number, value: number): void;
  /** setsockopt(2) with a structure. */
  setOptionBytes(action: string, fd: number, level: number, option: number, value: Uint8Array): void;
  /** getsockopt(2) with a buffer that is read, too. */
  getOption(action: string, fd: number, level: number, option: number, data: Uint8Array): void;
  /** Returns the bytes that the kernel took. */
  send(action: string, fd: number, data: Uint8Array): number;
  /** As send, to the `struct sockaddr` of whom it is for. */
  sendTo(action: string, fd: number, data: Uint8Array, address: Uint8Array): number;
  /** Returns the bytes received, or with MSG_TRUNC those there were; undefined if there is nothing to be had now. */
  receive(action: string, fd: number, into: Uint8Array, flags: number): number | undefined;
  /** recvmsg(2): fills the buffers, and returns how much of each; undefined if there is nothing to be had now. */
  receiveMessage(
    action: string,
    fd: number,
    into: { readonly data: Uint8Array; readonly name: Uint8Array; readonly control: Uint8Array },
    flags: number,
  ): { readonly length: number; readonly nameLength: number; readonly controlLength: number } | undefined;
  /** fcntl(2) with an integer argument. */
  fileControl(action: string, fd: number, command: number, argument: number): number;
  setNamespace(action: string, fd: number, kind: number): void;
  unshare(action: string, kinds: number): void;
  mount(action: string, source: string, target: string, flags: number): void;
  unmount(action: string, target: string, flags: number): void;
  lockFile(action: string, fd: number, operation: number): void;
}

type Koffi = typeof import("koffi").default;

// include/uapi/asm-generic/socket.h
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
/** include/linux/net.h: not inherited through exec. */
const SOCK_CLOEXEC = 0o2000000;
// include/uapi/asm-generic/errno-base.h
const ENOENT = 2;
const EAGAIN = 11;

let loading: Promise<Libc | undefined> | undefined;

/** Returns the C library's functions; undefined where there are none to be had (not Linux, no native module). */
export function openLibc(): Promise<Libc | undefined> {
  loading ??= process.platform === "linux" ? load().catch(() => undefined) : Promise.resolve(undefined);
  return loading;
}

/** As openLibc. Throws, with what to do, where there are none. */
export async function requireLibc(): Promise<Libc> {
  const libc = await openLibc();
  if (libc) return libc;
  throw new Error(
    "Cannot call the kernel: this needs Linux and the native module koffi for this processor; use the userspace mode instead",
  );
}

async function load(): Promise<Libc> {
  const { default: koffi } = await import("koffi");
  const library = koffi.load(null);
  // include/uapi/linux/filter.h: struct sock_fprog { unsigned short len; struct sock_filter *filter; };
  const program = koffi.struct("sock_fprog", { len: "uint16_t", filter: "const uint8_t *" });
  const calls = {
    socket: library.func("socket", "int", ["int", "int", "int"]),
    bind: library.func("bind", "int", ["int", "const void *", "uint32_t"]),
    setsockopt: library.func("setsockopt", "int", ["int", "int", "int", "const void *", "uint32_t"]),
    getsockopt: library.func("getsockopt", "int", ["int", "int", "int", "void *", "void *"]),
    send: library.func("send", "int64_t", ["int", "const void *", "size_t", "int"]),
    sendto: library.func("int64_t sendto(int, const void *, size_t, int, const void *, uint32_t)"),
    recv: library.func("recv", "int64_t", ["int", "void *", "size_t", "int"]),
    fcntl: library.func("fcntl", "int", ["int", "int", "long"]),
    ioctl: library.func("ioctl", "int", ["int", "unsigned long", "void *"]),
    setns: library.func("setns", "int", ["int", "int"]),
    unshare: library.func("unshare", "int", ["int"]),
    mount: library.func("mount", "int", ["str", "str", "str", "unsigned long", "void *"]),
    umount2: library.func("umount2", "int", ["str", "int"]),
    flock: library.func("flock", "int", ["int", "int"]),
  };
  const setFilter = library.func("setsockopt", "int", [
    "int",
    "int",
    "int",
    koffi.pointer(program),
    "uint32_t",
  ]);
  const attempt = (fd: number, option: number, value: { len: number; filter: Uint8Array }): number =>
    setFilter(fd, SOL_SOCKET, option, value, koffi.sizeof(program)) === 0 ? 0 : koffi.errno();
  const call = (action: string, name: keyof typeof calls, ...args: unknown[]): number => {
    const result = Number(calls[name](...args));
    if (result === -1) throw new SystemCallError(action, name, koffi.errno());
    return result;
  };
  return {
    attachFilter(fd, filter) {
      const errno = attempt(fd, SO_ATTACH_FILTER, { len: filter.length / 8, filter });
      if (errno !== 0) throw new SystemCallError("Cannot attach a socket filter", "setsockopt", errno);
    },
    detachFilter(fd) {
      const errno = attempt(fd, SO_DETACH_FILTER, { len: 0, filter: new Uint8Array(8) });
      if (errno !== 0 && errno !== ENOENT)
        throw new SystemCallError("Cannot detach a socket filter", "setsockopt", errno);
    },
    control: (action, fd, request, data) => call(action, "ioctl", fd, request, data),
    socket: (action, domain, type, protocol) => call(action, "socket", domain, type | SOCK_CLOEXEC, protocol),
    bind: (action, fd, address) => void call(action, "bind", fd, address, address.length),
    setOption: (action, fd, level, option, value) =>
      void call(action, "setsockopt", fd, level, option, Int32Array.of(value), 4),
    getOption: (action, fd, level, option, data) =>
      void call(action, "getsockopt", fd, level, option, data, Uint32Array.of(data.length)),
    send: (action, fd, data) => call(action, "send", fd, data, data.length, 0),
    receive(action, fd, into, flags) {
      const length = Number(calls.recv(fd, into, into.length, flags));
      if (length >= 0) return length;
      const errno = koffi.errno();
      if (errno === EAGAIN) return undefined;
      throw new SystemCallError(action, "recv", errno);
    },
    setOptionBytes: (action, fd, level, option, value) =>
      void call(action, "setsockopt", fd, level, option, value, value.length),
    sendTo: (action, fd, data, address) =>
      call(action, "sendto", fd, data, data.length, 0, address, address.length),
    receiveMessage: makeReceiveMessage(koffi, library),
    fileControl: (action, fd, command, argument) => call(action, "fcntl", fd, command, argument),
    setNamespace: (action, fd, kind) => void call(action, "setns", fd, kind),
    unshare: (action, kinds) => void call(action, "unshare", kinds),
    mount: (action, source, target, flags) => void call(action, "mount", source, target, "none", flags, null),
    unmount: (action, target, flags) => void call(action, "umount2", target, flags),
    lockFile: (action, fd, operation) => void call(action, "flock", fd, operation),
  };
}

/** include/linux/socket.h: struct msghdr, with one struct iovec. The kernel writes to the buffers in place. */
function makeReceiveMessage(koffi: Koffi, library: ReturnType<Koffi["load"]>): Libc["receiveMessage"] {
  const vector = koffi.struct("iovec", { base: "void *", length: "size_t" });
  const message = koffi.struct("msghdr", {
    name: "void *",
    nameLength: "uint32_t",
    vectors: koffi.pointer(vector),
    count: "size_t",
    control: "void *",
    controlLength: "size_t",
    flags: "int",
  });
  const recvmsg = library.func("recvmsg", "int64_t", ["int", koffi.inout(koffi.pointer(message)), "int"]);
  return (action, fd, { data, name, control }, flags) => {
    const header = {
      name,
      nameLength: name.length,
      vectors: [{ base: data, length: data.length }],
      count: 1,
      control,
      controlLength: control.length,
      flags: 0,
    };
    const length = Number(recvmsg(fd, header, flags));
    if (length >= 0)
      return { length, nameLength: header.nameLength, controlLength: Number(header.controlLength) };
    const errno = koffi.errno();
    if (errno === EAGAIN) return undefined;
    throw new SystemCallError(action, "recvmsg", errno);
  };
}
