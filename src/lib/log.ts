/** Structured logs: a message that names the event, and fields that carry its values. */
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

/** A logger that keeps silent. */
export const silentLogger: Logger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  child: () => silentLogger,
};
