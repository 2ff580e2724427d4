/** Finds processes by a variable of the environment that they were started with: what a process and all its descendants carry. */
import { readdir, readFile } from "node:fs/promises";

export interface MarkedProcess {
  readonly pid: number;
  /** Value of the variable. */
  readonly value: string;
}

/**
 * Resolves with the processes that have the variable, as far as this user may read their environment (proc_pid_environ(5));
 * an empty list where the system does not tell (not Linux).
 */
export async function listMarkedProcesses(variable: string): Promise<readonly MarkedProcess[]> {
  if (process.platform !== "linux") return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const marked: MarkedProcess[] = [];
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    const value = markOf(environment, variable);
    if (value !== undefined) marked.push({ pid: Number(pid), value });
  }
  return marked;
}

function markOf(environment: string, variable: string): string | undefined {
  const start = `${variable}=`;
  return environment
    .split("\0")
    .find((entry) => entry.startsWith(start))
    ?.slice(start.length);
}
