/** `node tools/vm/run.ts [--memory MIB] [--timeout SECONDS] -- COMMAND…`: a command on a Debian kernel; ends with its exit status. */
import { parseArgs } from "node:util";
import { runInVm } from "./run-in-vm.ts";

const { values, positionals } = parseArgs({
  options: {
    memory: { type: "string", default: "1536" },
    timeout: { type: "string", default: "600" },
  },
  allowPositionals: true,
});
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
process.exitCode = await runInVm(positionals, {
  memoryMiB: Number(values.memory),
  timeoutMs: Number(values.timeout) * 1000,
  onLine: (line) => console.log(line),
});
