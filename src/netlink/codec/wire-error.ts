/** What cannot be put into a kernel's message, or read from one. */

/** `Cannot decode NEWRULE.expressions[3].nat.type: 2 bytes, 4 expected`. */
export class WireError extends Error {
  /** What was wrong, without the place. */
  readonly reason: string;
  /** The way from the message to the value: `NEWRULE`, `.expressions`, `[3]`, `.nat`, `.type`. Outermost first. */
  readonly #path: string[] = [];

  constructor(reason: string) {
    super(reason);
    this.name = "WireError";
    this.reason = reason;
  }

  /** `NEWRULE.expressions[3].nat.type`. */
  get path(): string {
    return this.#path.join("").replace(/^\./, "");
  }

  /** Adds the step that leads to where the error came from: `.type`, `[3]`. */
  within(step: string): this {
    this.#path.unshift(step);
    return this;
  }

  /** Completes the message, at the outermost message or value. */
  finish(action: "encode" | "decode"): this {
    this.message = `Cannot ${action} ${this.path || "a value"}: ${this.reason}`;
    return this;
  }
}

/** Ends the reading of a message at the attribute that is looked for: its path is the answer. */
export class AttributeFound extends WireError {
  constructor() {
    super("found");
  }
}

/** Adds a step to a WireError and returns it; other errors come back as they are. */
export function within(error: unknown, step: string): unknown {
  return error instanceof WireError ? error.within(step) : error;
}
