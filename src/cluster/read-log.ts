/** Reads a container's log as `kubectl logs` asks for it: its tail, since when, with times, and what is added to it. */
import { type FileHandle, open } from "node:fs/promises";
import type { ContainerLog } from "./container-log.ts";
import { watchFile } from "./watch-file.ts";

export interface ReadLogOptions {
  readonly follow: boolean;
  /** Only so many of the last lines. */
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** Only what was written at this time or later. */
  readonly sinceMs?: number;
  /** Each line starts with the time when it was written. */
  readonly timestamps?: boolean;
}

const chunkBytes = 64 * 1024;

/**
 * Yields the log in pieces; with `follow` it waits for more until nobody writes it any more. Stops when the signal fires.
 * Throws the system's error if there is no such file.
 */
export async function* readLog(
  log: ContainerLog,
  options: ReadLogOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const addTimes = options.timestamps ? lineStamper(log) : undefined;
  for await (const { offset, bytes } of readPieces(log, options, signal)) {
    const piece = (addTimes ? addTimes(bytes, offset) : bytes).subarray(0, left);
    left -= piece.length;
    if (piece.length > 0) yield piece;
    if (left <= 0) return;
  }
}

interface Piece {
  readonly offset: number;
  readonly bytes: Buffer;
}

async function* readPieces(
  { file, times, ended }: ContainerLog,
  { follow, tailLines, sinceMs }: ReadLogOptions,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const handle = await open(file, "r");
  const stop = new AbortController();
  try {
    const tail = tailLines === undefined ? 0 : await tailStart(handle, tailLines);
    const since = sinceMs === undefined ? 0 : times.offsetSince(sinceMs);
    let position = Math.max(tail, since);
    // Watched before it is looked at, so that no change falls between.
    const changes = follow ? watchChanges(file, [ended, signal, stop.signal]) : undefined;
    let isLast = changes === undefined;
    while (!signal.aborted) {
      const { size } = await handle.stat();
      if (size < position) position = 0;
      if (size === position) {
        if (isLast) return;
        // What was written last is read once more after the end.
        isLast = !(await changes?.next());
        continue;
      }
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - position));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      yield { offset: position, bytes: buffer.subarray(0, bytesRead) };
      position += bytesRead;
    }
  } finally {
    stop.abort();
    await handle.close();
  }
}

/** Returns a function that puts the time before each line that starts in a piece. */
function lineStamper({ times }: ContainerLog): (bytes: Buffer, offset: number) => Buffer {
  let atLineStart = true;
  return (bytes, offset) => {
    const parts: Buffer[] = [];
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(0x0a, start);
      const end = newline < 0 ? bytes.length : newline + 1;
      if (atLineStart) parts.push(Buffer.from(`${formatNano(times.timeOf(offset + start, Date.now()))} `));
      parts.push(bytes.subarray(start, end));
      atLineStart = newline >= 0;
      start = end;
    }
    return Buffer.concat(parts);
  };
}

/** RFC3339Nano, `2026-01-01T00:00:00.123000000Z`. */
function formatNano(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000000Z");
}

/** Where the last `lines` lines start. */
async function tailStart(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  if (lines <= 0) return size;
  let found = 0;
  for (let end = size; end > 0; end -= chunkBytes) {
    const start = Math.max(0, end - chunkBytes);
    const buffer = Buffer.allocUnsafe(end - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    // The line end at the very end of the file closes the last line; it does not start another one.
    for (let index = bytesRead - 1; index >= 0; index--) {
      if (buffer[index] !== 0x0a || start + index === size - 1) continue;
      if (++found === lines) return start + index + 1;
    }
  }
  return 0;
}

/** Resolves `next` with true at a change of the file, with false once one of the signals has fired. */
function watchChanges(file: string, signals: readonly AbortSignal[]): { next(): Promise<boolean> } {
  const signal = AbortSignal.any([...signals]);
  let changed = false;
  let waiting = () => {};
  const wake = () => {
    changed = true;
    waiting();
  };
  watchFile(file, wake, signal);
  signal.addEventListener("abort", () => waiting(), { once: true });
  return {
    async next() {
      if (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
      changed = false;
      return !signal.aborted;
    },
  };
}
