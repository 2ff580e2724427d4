/** ContainerLog: what one run of a container prints, with the times of it. */
import { statSync } from "node:fs";
import { copyFile, stat, truncate } from "node:fs/promises";
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

/** Follows the growth of a log until its run has ended. */
export function openContainerLog(file: string, clock: Clock, ended: AbortSignal): ContainerLog {
  const times = new LogTimes();
  const look = (atMs?: (mtimeMs: number) => number) => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found) times.note(found.size, atMs ? atMs(found.mtimeMs) : clock.now());
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
 * Keeps a log below its bound: the process holds the file open for appending, so it is copied and emptied in its place. What is
 * written between the two steps is lost, as with logrotate's copytruncate.
 */
export async function boundLog(file: string, boundBytes = logBoundBytes): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size < boundBytes) return;
  await copyFile(file, `${file}.1`);
  await truncate(file, 0);
}
