/** What a failed command tells its user. */

/** The command line asks for something that cannot be: the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** One sentence, or a sentence and its cause; a stack trace only for what is a defect of Porthole itself. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const defect =
    error instanceof TypeError || error instanceof ReferenceError || error.name === "AssertionError";
  if (defect) return error.stack ?? error.message;
  const cause =
    error.cause instanceof Error && !error.message.includes(error.cause.message)
      ? `: ${error.cause.message}`
      : "";
  return error.message + cause;
}
