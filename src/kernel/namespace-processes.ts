/** Finds the processes that are in network namespaces, from /proc. */
import { readdirSync, readlinkSync, statSync } from "node:fs";

const folder = "/run/netns";

/**
 * Returns the pids of all processes in any of the namespaces of these names, as far as this user may look (root may everywhere).
 * Names that are gone are passed over.
 */
export function listProcessesIn(names: readonly string[]): readonly number[] {
  const wanted = new Set(names.flatMap((name) => identityOf(name) ?? []));
  if (wanted.size === 0) return [];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => wanted.has(namespaceOf(pid)))
    .map(Number);
}

/** As the links in /proc say it: `net:[4026532001]`; the number is the inode of the file that a name stands for. */
function identityOf(name: string): string | undefined {
  try {
    return `net:[${statSync(`${folder}/${name}`).ino}]`;
  } catch {
    return undefined;
  }
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
