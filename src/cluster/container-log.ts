/** Reads a container's log file: its tail, and what is added to it. */
import { watch } from "node:fs";
import { copyFile, type FileHandle, open, stat, truncate } from "node:fs/promises";

export interface LogOptions {
  readonly follow: boolean;
  /** Only so many of the last lines. */
  readonly tailLines?: number;
  readonly limitBytes?: number;
}

/** A log is copied to `FILE.1` and emptied when it reaches this size. */
export const logBoundBytes = 10 * 1024 * 1024;
const chunkBytes = 64 * 1024;

/**
 * Yields the log in pieces; with `follow` it waits for more until `ended` says that nobody writes it any more. Stops when the
 * signal fires. Throws the system's error if there is no such file.
 */
export async function* readLog(
  file: string,
  options: LogOptions,
  ended: AbortSignal,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const handle = await open(file, "r");
  try {
    let position = options.tailLines === undefined ? 0 : await tailStart(handle, options.tailLines);
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    let changes = options.follow ? watchChanges(file, AbortSignal.any([ended, signal])) : undefined;
    while (!signal.aborted && left > 0) {
      const { size } = await handle.stat();
      if (size < position) position = 0;
      if (size === position) {
        if (!changes) return;
        // What was written last is read once more after the end.
        if (!(await changes.next())) changes = undefined;
        continue;
      }
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - position, left));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      position += bytesRead;
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Keeps a log below its bound: the process holds the file open for appending, so it is copied and emptied in its place. What is
 * written between the two steps is lost, as with logrotate's copytruncate.
 */
export async function boundLog(file: string): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size < logBoundBytes) return;
  await copyFile(file, `${file}.1`);
  await truncate(file, 0);
}

/** Where the last `lines` lines start. */
async function tailStart(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  if (lines <= 0) return size;
  let found = 0;
  for (let end = size; end > 0; end -= chunkBytes) {
    const start = Math.max(0, end - chunkBytes);
    const buffer = Buffer.allocUnsafe(end - start);
    await handle.read(buffer, 0, buffer.length, start);
    // The line end at the very end of the file closes the last line; it does not start another one.
    for (let index = buffer.length - 1; index >= 0; index--) {
      if (buffer[index] !== 0x0a || start + index === size - 1) continue;
      if (++found === lines) return start + index + 1;
    }
  }
  return 0;
}

/** Resolves `next` with true at a change of the file, with false once the signal has fired. */
function watchChanges(file: string, signal: AbortSignal): { next(): Promise<boolean> } {
  let changed = false;
  let waiting: ((more: boolean) => void) | undefined;
  const wake = (more: boolean) => {
    changed = true;
    waiting?.(more);
    waiting = undefined;
  };
  const watcher = watch(file, () => wake(true));
  // The file is gone with its pod.
  watcher.on("error", () => wake(false));
  const end = () => {
    watcher.close();
    wake(false);
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return {
    async next() {
      if (signal.aborted) return false;
      if (changed) {
        changed = false;
        return true;
      }
      const more = await new Promise<boolean>((resolve) => {
        waiting = resolve;
      });
      changed = false;
      return more;
    },
  };
}
