/** Named network namespaces, as `ip netns` keeps them: a file of /run/netns with the namespace mounted on it. */
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { CLONE_NEWNET, comeBack, enterNamespace, ownNamespacePath } from "./enter-namespace.ts";
import { type Libc, requireLibc } from "./ffi.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";
import { SystemCallError } from "./system-call-error.ts";

/** An open namespace; it lives at least as long as it is open, even if its name is deleted. */
export interface NetworkNamespace extends NamespaceHandle, Disposable {
  /**
   * Calls `run` inside the namespace, on this thread, and returns its result. Sockets and files of /proc/sys/net that it opens and
   * child processes that it starts (child_process.spawn forks at once) are in the namespace; what it puts off until later is not.
   * NOTE: net.Server's listen with a port alone binds at once, with a host it looks that up first and binds outside.
   */
  run<T>(run: () => T): T;
}

const folder = "/run/netns";
// include/uapi/linux/mount.h, include/linux/fs.h, include/uapi/asm-generic/fcntl.h
const MS_BIND = 1 << 12;
const MS_REC = 1 << 14;
const MS_SHARED = 1 << 20;
const MNT_DETACH = 2;
const LOCK_EX = 2;
/** include/uapi/linux/magic.h: the file system of namespaces. */
const NSFS_MAGIC = 0x6e736673;

/**
 * Makes a namespace with nothing in it but a loopback link that is down, and opens it. `ip netns exec NAME` works for it. Throws
 * SystemCallError: EEXIST if there is one of that name, EPERM without CAP_SYS_ADMIN.
 */
export async function createNetworkNamespace(name: string): Promise<NetworkNamespace> {
  const path = pathOf(name);
  const libc = await requireLibc();
  prepareFolder(libc);
  createFile(name, path);
  try {
    mountNewNamespace(libc, name, path);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
  return openNetworkNamespace(name);
}

/**
 * Opens a namespace by its name. Throws the system's error, ENOENT if there is none, or an error if the file of that name is nothing but
 * a file: its maker was killed, or mounted it where this process does not see it (`ip netns exec` gives a program mounts of its own).
 */
export async function openNetworkNamespace(name: string): Promise<NetworkNamespace> {
  const path = pathOf(name);
  const libc = await requireLibc();
  if (statfsSync(path).type !== NSFS_MAGIC)
    throw new Error(
      `Cannot open the network namespace "${name}": ${path} is an empty file here; delete it if nobody uses it`,
    );
  const fd = openSync(path, "r");
  return {
    fd,
    name,
    run: (run) => enterNamespace(libc, fd, name, run),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** Removes a name; the namespace goes when no process, socket or open handle is in it. Does nothing if there is no such name. */
export async function deleteNetworkNamespace(name: string): Promise<void> {
  const path = pathOf(name);
  const libc = await requireLibc();
  try {
    libc.unmount(`Cannot delete the network namespace "${name}"`, path, MNT_DETACH);
  } catch (error) {
    // EINVAL: nothing is mounted on the file, as after a kill between the two.
    if (!(error instanceof SystemCallError && ["ENOENT", "EINVAL"].includes(error.code))) throw error;
  }
  rmSync(path, { force: true });
}

/** Returns the names that begin with a prefix, in order. */
export function listNetworkNamespaces(prefix: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(prefix))
      .sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function pathOf(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name))
    throw new RangeError(
      `Cannot name a network namespace "${name}": use up to 200 letters, digits, ".", "-" and "_", a letter or digit first`,
    );
  return `${folder}/${name}`;
}

/**
 * Makes the folder a shared mount of its own, as `ip netns add` does, so that names appear and vanish in all mount namespaces.
 * Under a lock: two processes that mounted it at once would hide each other's names.
 */
function prepareFolder(libc: Libc): void {
  const action = `Cannot prepare ${folder}`;
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const fd = openSync(folder, "r");
  try {
    libc.lockFile(action, fd, LOCK_EX);
    try {
      libc.mount(action, "", folder, MS_SHARED | MS_REC);
    } catch (error) {
      // EINVAL: it is no mount yet.
      if (!(error instanceof SystemCallError && error.code === "EINVAL")) throw error;
      libc.mount(action, folder, folder, MS_BIND | MS_REC);
      libc.mount(action, "", folder, MS_SHARED | MS_REC);
    }
  } finally {
    closeSync(fd);
  }
}

function createFile(name: string, path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o444));
  } catch (error) {
    throw new Error(
      `Cannot create the network namespace "${name}": ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}

/** The calling thread moves into a new namespace, whose name must be given from within, and comes back. */
function mountNewNamespace(libc: Libc, name: string, path: string): void {
  const action = `Cannot create the network namespace "${name}"`;
  const home = openSync(ownNamespacePath, "r");
  try {
    libc.unshare(action, CLONE_NEWNET);
    try {
      libc.mount(action, ownNamespacePath, path, MS_BIND);
    } finally {
      comeBack(libc, home);
    }
  } finally {
    closeSync(home);
  }
}
