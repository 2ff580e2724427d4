/** configurationChange: a proxy reads its configuration once, so it ends when the file says something else. */
import { readFile } from "node:fs/promises";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { wait } from "../../lib/wait.ts";

const pollMs = 10_000;

/**
 * Rejects when a file's text is another than at the call, so that whoever runs the proxy starts it again with that; resolves when the
 * signal fires. A file that is not there, or cannot be read, is waited for: editors and volumes take it away and put it back.
 * NOTE: kube-proxy waits for events of the file itself, and so misses a ConfigMap's volume, which turns a link to another directory.
 */
export async function configurationChange(
  path: string,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  const atStart = await textOf(path);
  while (!signal.aborted) {
    await wait(clock, pollMs, signal);
    const text = await textOf(path);
    if (!signal.aborted && text !== undefined && text !== atStart) {
      throw new Error(`The configuration in ${path} has changed: start again to have it followed`);
    }
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}
