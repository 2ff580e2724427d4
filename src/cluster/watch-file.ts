/** Tells of changes of a file's content. */
import { watch } from "node:fs";

/**
 * Calls `onChange` after changes, until the signal fires or the file is gone. A file that cannot be watched (no inotify watch is left,
 * say) is taken to change every second.
 */
export function watchFile(file: string, onChange: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  try {
    const watcher = watch(file, onChange);
    watcher.on("error", () => watcher.close());
    signal.addEventListener("abort", () => watcher.close(), { once: true });
  } catch {
    const timer = setInterval(onChange, 1000);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }
}
