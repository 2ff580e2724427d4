/** `npm run test:vm`: the tests that need another kernel than this machine's, and kernel suites once more on Debian's older one. */
import { globSync } from "node:fs";
import { runInVm } from "./run-in-vm.ts";

/** They pass on the machine's own kernel; here they are run on one that is years older. */
const againOnOlderKernel = [
  "src/kernel/nf-tables.kernel.test.ts",
  "src/kernel/route.kernel.test.ts",
  "src/kernel/conntrack.kernel.test.ts",
];
const memoryMiB = 2048;
/** Three times what it takes on two idle cores. */
const timeoutMs = 2_700_000;

for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
const files = process.argv.slice(2);
const chosen = files.length > 0 ? files : [...globSync("{src,test}/**/*.vm.test.ts"), ...againOnOlderKernel];
// One file at a time: two cores that are emulated are slow, and tests that wait for each other's processor find their own bounds.
const { PORTHOLE_SEED } = process.env;
const command = [
  "env",
  "CI=true",
  ...(PORTHOLE_SEED === undefined ? [] : [`PORTHOLE_SEED=${PORTHOLE_SEED}`]),
  "node",
  "--test",
  "--test-concurrency=1",
  "--test-timeout=1200000",
  "--test-force-exit",
  ...chosen,
];
process.exitCode = await runInVm(command, { memoryMiB, timeoutMs, onLine: (line) => console.log(line) });
