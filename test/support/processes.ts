/** What a test needs to know of processes on this machine. Linux only: it reads /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** The process and all its descendants that run now. */
export function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(Number(name));
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const tree = [root];
  for (const pid of tree)
    tree.push(...[...parents].filter(([, parent]) => parent === pid).map(([child]) => child));
  return tree;
}

/** All processes whose environment has this text, `PORTHOLE_POD=` and a uid, say. */
export function processesWithEnvironment(text: string): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isRunning(pid) && environmentOf(pid).includes(text));
}

export function isRunning(pid: number): boolean {
  return parentOf(pid) !== undefined;
}

/** Parent of a process; undefined if it is gone, or a zombie that only waits to be collected. */
function parentOf(pid: number): number | undefined {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}

/** Empty for another user's process, or one that is gone. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
