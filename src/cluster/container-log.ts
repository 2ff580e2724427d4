/** ContainerLog: what one run of a container prints, with the times of it. */
import { statSync } from "node:fs";
import { copyFile, truncate } from "node:fs/promises";
import type { Clock } from "../lib/clock.ts";
import { LogTimes } from "./log-times.ts";
import { watchFile } from "./watch-file.ts";

export interface ContainerLog {
  readonly file: string;
  readonly times: LogTimes;
  /** Fires when nobody writes it any more. */
  readonly ended: AbortSignal;
}

/** A log is copied to `FILE.1` and emptied when it reaches this size. */
const logBoundBytes = 10 * 1024 * 1024;
/** Lines are told apart in time as exactly as this. */
const resolutionMs = 20;

/** Follows the growth of a log, and keeps it below its bound, until its run has ended. */
export function openContainerLog(
  file: string,
  clock: Clock,
  ended: AbortSignal,
  boundBytes = logBoundBytes,
): ContainerLog {
  const times = new LogTimes();
  let rotating = false;
  const look = (atMs?: (mtimeMs: number) => number) => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found) times.note(found.size, atMs ? atMs(found.mtimeMs) : clock.now());
    if (!found || found.size < boundBytes || rotating) return;
    rotating = true;
    // On a full disk it is tried again when the log grows again.
    void emptyLog(file)
      .catch(() => {})
      .finally(() => {
        rotating = false;
      });
  };
  // What an agent before this one has seen bears the time of the last change.
  look((mtimeMs) => mtimeMs);
  let cancel: (() => void) | undefined;
  watchFile(
    file,
    () => {
      cancel ??= clock.after(resolutionMs, () => {
        cancel = undefined;
        look();
      });
    },
    ended,
  );
  ended.addEventListener(
    "abort",
    () => {
      cancel?.();
      look();
    },
    { once: true },
  );
  return { file, times, ended };
}

/**
 * Keeps what was written in `FILE.1`: the process holds the file open for appending, so it is copied and emptied in its place. What is
 * written between the two steps is lost, as with logrotate's copytruncate.
 */
async function emptyLog(file: string): Promise<void> {
  await copyFile(file, `${file}.1`);
  await truncate(file, 0);
}
