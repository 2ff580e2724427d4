/** Finds the process that holds a port, from /proc. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { findSocket, type SocketQuery } from "./proc-net.ts";

/** Who holds a port. `hidden`: a process whose files this user may not read. */
export type PortOwner =
  | { readonly kind: "process"; readonly pid: number; readonly command: string }
  | { readonly kind: "hidden"; readonly uid: number };

/** Returns the holder of a port; undefined where nobody holds it or the system does not tell (not Linux). */
export async function findPortOwner(query: SocketQuery): Promise<PortOwner | undefined> {
  if (process.platform !== "linux") return undefined;
  const protocol = query.protocol.toLowerCase();
  for (const table of [protocol, `${protocol}6`]) {
    const socket = findSocket(await readFile(`/proc/net/${table}`, "utf8").catch(() => ""), query);
    if (socket) return (await findHolder(socket.inode)) ?? { kind: "hidden", uid: socket.uid };
  }
  return undefined;
}

/** "process 4711 (nginx)" or "a process of user 33 (…)". */
export function formatPortOwner(owner: PortOwner): string {
  return owner.kind === "process"
    ? `process ${owner.pid} (${owner.command})`
    : `a process of user ${owner.uid} (only root and that user can see which)`;
}

async function findHolder(inode: number): Promise<PortOwner | undefined> {
  const wanted = `socket:[${inode}]`;
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    for (const fd of await readdir(`/proc/${name}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${name}/fd/${fd}`).catch(() => "");
      if (target !== wanted) continue;
      return { kind: "process", pid: Number(name), command: await commandOf(name) };
    }
  }
  return undefined;
}

/** The program's name without its path, and without its arguments: those may hold secrets. */
async function commandOf(pid: string): Promise<string> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return basename(commandLine.split("\0")[0] ?? "") || "?";
}
