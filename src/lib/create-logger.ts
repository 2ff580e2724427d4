/** Logs as JSON lines on standard error, by pino; apart from log.ts, so that who only passes a logger on does not load it. */
import { pino } from "pino";
import type { Logger, LogLevel } from "./log.ts";

export function createLogger(component: string, level: LogLevel): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  return wrap(pino({ level, base: { component }, timestamp: pino.stdTimeFunctions.isoTime }, destination));
}

type Sink = Pick<ReturnType<typeof pino>, "error" | "warn" | "info" | "debug"> & {
  child(fields: object): Sink;
};

function wrap(sink: Sink): Logger {
  return {
    error: (message, fields) => sink.error(fields ?? {}, message),
    warn: (message, fields) => sink.warn(fields ?? {}, message),
    info: (message, fields) => sink.info(fields ?? {}, message),
    debug: (message, fields) => sink.debug(fields ?? {}, message),
    child: (fields) => wrap(sink.child(fields)),
  };
}
