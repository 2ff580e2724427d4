/** Memory of several processes, from /proc. */
import { readFileSync } from "node:fs";

export interface TreeMemory {
  readonly processes: number;
  /** Sum of proportional set sizes: what the processes take together. */
  readonly pssBytes: number;
  /** Sum of resident set sizes: shared pages count once for every process. */
  readonly rssBytes: number;
}

/** Processes that have ended meanwhile are left out. */
export function treeMemory(pids: readonly number[]): TreeMemory {
  const rollups = pids.flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")];
    } catch {
      return [];
    }
  });
  const sum = (field: string) =>
    rollups.reduce(
      (total, text) => total + Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1024,
      0,
    );
  return { processes: rollups.length, pssBytes: sum("Pss"), rssBytes: sum("Rss") };
}
