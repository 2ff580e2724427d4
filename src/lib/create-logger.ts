/**
 * Logs as JSON lines on standard error, in the form that bunyan and pino made common; apart from log.ts, so that who only passes a
 * logger on does not load it. Written by ourselves: pino takes 20 ms and 3 MB in each of a local cluster's processes.
 */
import { writeSync } from "node:fs";
import { type Logger, type LogLevel, logLevels } from "./log.ts";

/** pino's numbers. */
const levelNumbers: Readonly<Record<LogLevel, number>> = { error: 50, warn: 40, info: 30, debug: 20 };
const standardError = 2;
const busyWaitMs = 5;
/** A reader that takes nothing for so long loses the line, not the program its time. */
const patienceMs = 2_000;

/** `{"level":30,"time":"2026-01-02T03:04:05.678Z","component":"proxy",…,"msg":"Forwarding"}`; never throws. */
export function createLogger(component: string, level: LogLevel): Logger {
  return withBindings({ component }, logLevels.indexOf(level));
}

function withBindings(bindings: object, most: number): Logger {
  const at = (level: LogLevel) => {
    if (logLevels.indexOf(level) > most) return () => {};
    return (msg: string, fields: object = {}) => writeLine(lineOf(level, msg, { ...bindings, ...fields }));
  };
  return {
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    child: (fields) => withBindings({ ...bindings, ...fields }, most),
  };
}

function lineOf(level: LogLevel, msg: string, fields: object): string {
  const ours = { level: levelNumbers[level], time: new Date().toISOString() };
  try {
    return JSON.stringify({ ...ours, ...fields, ...ours, msg }, printable);
  } catch {
    return JSON.stringify({ ...ours, msg, unprintable: Object.keys(fields) });
  }
}

/** What JSON would refuse, or print as nothing. */
function printable(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Error ? value.message : value;
}

let isReaderGone = false;

function writeLine(line: string): void {
  if (isReaderGone) return;
  const deadline = Date.now() + patienceMs;
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(standardError, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EAGAIN") isReaderGone = true;
      if (code !== "EAGAIN" || Date.now() > deadline) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyWaitMs);
    }
  }
}
