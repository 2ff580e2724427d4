/** What this process has cost so far, in milliseconds of a processor. NOTE: not the time that goes by: on a busy machine that says how long others took. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
