/** Structured logs: a message that names the event, and fields that carry its values. */
import { pino } from "pino";

export interface Logger {
  /** The user must act. */
  error(message: string, fields?: object): void;
  /** May become an error. */
  warn(message: string, fields?: object): void;
  /** A state change; rare. */
  info(message: string, fields?: object): void;
  /** Once per sync or request. */
  debug(message: string, fields?: object): void;
  child(fields: object): Logger;
}

export const logLevels = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Returns a logger that writes one JSON line per event to standard error. */
export function createLogger(component: string, level: LogLevel = "info"): Logger {
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

/** A logger that keeps silent, for tests. */
export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  child: () => silentLogger,
};
