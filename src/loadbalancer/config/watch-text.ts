/** Follows the content of a file, however it is replaced. */
import { readFile } from "node:fs/promises";
import type { Clock } from "../../lib/clock.ts";
import { wait } from "../../lib/wait.ts";

/** Reading a small file costs some 50 µs; a watch would follow the inode, and lose a file that is replaced (editors, ConfigMaps). */
const pollMs = 500;

/**
 * Calls `onText` with the file's content, first and whenever it is another, until the signal fires. Rejects if it cannot be read at first;
 * later `onError` is told, once for each reason.
 */
export async function watchText(
  file: string,
  options: {
    readonly onText: (text: string) => Promise<void>;
    readonly onError: (error: Error) => void;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { onText, onError, clock, signal } = options;
  let last = await readFile(file, "utf8");
  let lastError = "";
  await onText(last);
  for (;;) {
    await wait(clock, pollMs, signal);
    if (signal.aborted) return;
    try {
      const text = await readFile(file, "utf8");
      lastError = "";
      if (text === last) continue;
      last = text;
      await onText(text);
    } catch (error) {
      if ((error as Error).message !== lastError) onError(error as Error);
      lastError = (error as Error).message;
    }
  }
}
