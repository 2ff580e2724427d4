/** Tells a process from a later one that got the same pid. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** starttime, the 22nd field of /proc/PID/stat (proc_pid_stat(5)), counted from the field after the program's name. */
const startTimeField = 19;

/**
 * Returns a text that is the same for as long as the process lives and another one for any other process: clock ticks since boot
 * on Linux, what `ps` says elsewhere. Undefined if there is no such process, or it is only waiting to be collected.
 */
export function processStartTime(pid: number): string | undefined {
  if (process.platform !== "linux") return startTimeByPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses and may itself hold parentheses and spaces.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? undefined : fields[startTimeField - 1];
  } catch {
    return undefined;
  }
}

function startTimeByPs(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}
