/** What a container printed last, as the message of its end: terminationMessagePolicy FallbackToLogsOnError. */
import type { Container } from "../api/pod.ts";
import { LogTimes } from "./log-times.ts";
import { readLog } from "./read-log.ts";

/** So much of a log a kubelet takes. */
const maxLines = 80;
const maxBytes = 2048;

/** Resolves with undefined if the container has another policy, or has printed nothing. */
export async function readLastWords(container: Container, logFile: string): Promise<string | undefined> {
  if (container.terminationMessagePolicy !== "FallbackToLogsOnError") return undefined;
  const log = { file: logFile, times: new LogTimes(), ended: AbortSignal.abort() };
  let words: Buffer = Buffer.alloc(0);
  const { signal } = new AbortController();
  for await (const bytes of readLog(log, { follow: false, tailLines: maxLines }, signal))
    words = Buffer.concat([words, bytes]).subarray(-maxBytes);
  return words.toString("utf8") || undefined;
}
