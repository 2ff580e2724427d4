/** A system call that failed, with the errno's name. */
import { getSystemErrorMap } from "node:util";

/** `Cannot enter the network namespace "node-1": operation not permitted (EPERM, setns)`. */
export class SystemCallError extends Error {
  /** The errno's name, such as `EPERM`. */
  readonly code: string;
  /** Positive, as errno.h has it. */
  readonly errno: number;
  readonly syscall: string;

  constructor(action: string, syscall: string, errno: number) {
    super(`${action}: ${describeErrno(errno)} (${errnoName(errno)}, ${syscall})`);
    this.name = "SystemCallError";
    this.code = errnoName(errno);
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** Linux errnos that libuv has no name for; include/uapi/asm-generic/errno.h. */
const linuxOnly: ReadonlyMap<number, readonly [string, string]> = new Map([
  [42, ["ENOMSG", "no message of desired type"]],
  [52, ["EBADE", "invalid exchange"]],
  [61, ["ENODATA", "no data available"]],
  [62, ["ETIME", "timer expired"]],
  [77, ["EBADFD", "file descriptor in bad state"]],
  [85, ["ERESTART", "interrupted, to be repeated"]],
  [116, ["ESTALE", "stale file handle"]],
  [117, ["EUCLEAN", "structure needs cleaning"]],
]);

/** Returns the name of a positive errno, `errno 200` if it has none. */
export function errnoName(errno: number): string {
  return find(errno)?.[0] ?? `errno ${errno}`;
}

/** Returns what a positive errno means, in words. */
export function describeErrno(errno: number): string {
  return find(errno)?.[1] ?? "unknown error";
}

function find(errno: number): readonly [string, string] | undefined {
  return getSystemErrorMap().get(-errno) ?? linuxOnly.get(errno);
}
