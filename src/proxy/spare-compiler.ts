/** spareCompiler: no more compiling of what seldom runs. */
import { setFlagsFromString } from "node:v8";

/**
 * Turns V8's last optimizing compiler off for code that is not compiled yet. PERF: once a large cluster is forwarded, a kernel mode runs for a
 * millisecond now and then; compiling it once more takes a tenth of that proxy's time, and would pay off after days.
 */
export function spareCompiler(): void {
  setFlagsFromString("--no-opt");
}
