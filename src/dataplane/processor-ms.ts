/** What this process and the programs that it ran have cost. */
import { readFileSync } from "node:fs";

/** sysconf(_SC_CLK_TCK), which Linux has told everybody since 2.4: /proc counts in hundredths of a second. */
const msPerTick = 10;

/**
 * Milliseconds of a processor, those of ended programs in steps of 10 and on Linux alone. NOTE: not the time that goes by: on a busy
 * machine that says how long others took.
 */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + endedProgramsMs();
}

/** proc(5): cutime and cstime, the 14th and 15th field behind the program's name in parentheses. */
function endedProgramsMs(): number {
  try {
    const fields = readFileSync("/proc/self/stat", "latin1")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[13]) + Number(fields[14])) * msPerTick;
  } catch {
    return 0;
  }
}
