/** The `porthole` command. */
import { flushCompileCache } from "node:module";
import { runCommandLine } from "./command-line.ts";

const compileCacheFlushDelayMs = 3000;

// Node writes its cache of compiled code when a process exits by itself; components are mostly ended by a signal.
setTimeout(flushCompileCache, compileCacheFlushDelayMs).unref();

await runCommandLine(process.argv.slice(2));
