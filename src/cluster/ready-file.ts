/** A file that a program makes once it is ready: unlike a pipe, it outlives the agent that waits for it. */
import { existsSync, rmSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Where inotify is not to be had, it is looked for so often. */
const pollMs = 50;

/** Before a program is started: what an earlier run has left says nothing of it. */
export function removeReadyFile(file: string): void {
  rmSync(file, { force: true });
}

/** Resolves when the file is there, or the signal fires. */
export function untilReadyFile(file: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let stop = () => {};
    const look = () => {
      if (!signal.aborted && !existsSync(file)) return;
      stop();
      signal.removeEventListener("abort", look);
      resolve();
    };
    signal.addEventListener("abort", look, { once: true });
    stop = onChangeBeside(file, look);
    // It may have come before it was watched for.
    look();
  });
}

/** Calls after changes in the file's directory; the returned function ends that. */
function onChangeBeside(file: string, onChange: () => void): () => void {
  try {
    const name = basename(file);
    const watcher = watch(dirname(file), (_event, changed) => {
      if (changed === null || changed === name) onChange();
    });
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    const timer = setInterval(onChange, pollMs);
    return () => clearInterval(timer);
  }
}
