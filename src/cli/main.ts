/** The `porthole` command. */
import { flushCompileCache } from "node:module";
import { runCommandLine } from "./command-line.ts";

const compileCacheFlushDelayMs = 3000;

// Node writes its cache of compiled code when a process exits by itself; components are mostly ended by a signal.
setTimeout(flushCompileCache, compileCacheFlushDelayMs).unref();

// Whoever reads may have read enough (`| head`); what runs goes on, and cleans up after itself.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

await runCommandLine(process.argv.slice(2));
