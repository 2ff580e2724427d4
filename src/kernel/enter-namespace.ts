/** Runs code in another network namespace, on the calling thread (setns(2)). */
import { closeSync, openSync } from "node:fs";
import type { Libc } from "./ffi.ts";

/** include/uapi/linux/sched.h */
export const CLONE_NEWNET = 0x40000000;
/** The calling thread's own network namespace: threads of a process may be in different ones. */
export const ownNamespacePath = "/proc/thread-self/ns/net";

/**
 * Enters the network namespace that `fd` stands for, calls `run`, and comes back. No other code runs meanwhile, so none sees the
 * wrong namespace; what `run` puts off until later happens outside. Files of /proc/sys/net, sockets and children that `run` opens
 * or starts belong to the namespace. Needs CAP_SYS_ADMIN in it.
 */
export function enterNamespace<T>(libc: Libc, fd: number, name: string, run: () => T): T {
  const home = openSync(ownNamespacePath, "r");
  try {
    libc.setNamespace(`Cannot enter the network namespace "${name}"`, fd, CLONE_NEWNET);
    try {
      return run();
    } finally {
      comeBack(libc, home);
    }
  } finally {
    closeSync(home);
  }
}

/** A process that cannot come back would do everything else in the wrong namespace, so it ends. */
export function comeBack(libc: Libc, home: number): void {
  try {
    libc.setNamespace("Cannot come back to the process's own network namespace", home, CLONE_NEWNET);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    process.abort();
  }
}
