/** A component's log: whole lines, in a file that is kept below a bound. */
import { appendFileSync, renameSync, statSync } from "node:fs";
import type { Readable } from "node:stream";

/** The file is set aside as `FILE.1` when it reaches this size, so that a log never takes more than twice that. */
const logBoundBytes = 5 * 1024 * 1024;
/** A longer line is cut: a component that prints without line ends must not fill the memory. */
const longestLineBytes = 64 * 1024;

export interface LogFile {
  /** Writes what the stream says, and hands on every line. */
  follow(stream: Readable | null, onLine: (line: string) => void): void;
  close(): void;
}

export function openLogFile(file: string): LogFile {
  let size = sizeOf(file);
  let closed = false;

  function write(line: string): void {
    if (closed) return;
    if (size > logBoundBytes) {
      renameSync(file, `${file}.1`);
      size = 0;
    }
    appendFileSync(file, `${line}\n`);
    size += Buffer.byteLength(line) + 1;
  }

  return {
    follow(stream, onLine) {
      let rest = "";
      stream?.setEncoding("utf8");
      stream?.on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = (lines.pop() ?? "").slice(0, longestLineBytes);
        for (const line of lines.filter((candidate) => candidate !== "")) {
          write(line);
          onLine(line);
        }
      });
    },
    close() {
      closed = true;
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
