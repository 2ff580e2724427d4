/** Window: what became of the requests that one client sent while something was broken. */

export interface WindowReport {
  /** A new connection for each. */
  readonly sent: number;
  readonly failed: number;
  /** Failed requests of the client that keeps its connection. */
  readonly keptFailed: number;
  /** Longest time without any answer to a request on a new connection. */
  readonly gapMs: number;
  /** The longest that an answer took which came, on a new connection. */
  readonly slowestMs: number;
  /** The first few failures, by what was said of them. */
  readonly reasons: readonly string[];
}

const mostReasons = 3;

export class Window {
  #sent = 0;
  #failed = 0;
  #keptFailed = 0;
  #lastAnswerAt = performance.now();
  #gapMs = 0;
  #slowestMs = 0;
  readonly #reasons = new Set<string>();
  readonly #pending = new Set<number>();
  #lastTroubleAt = 0;

  /** Returns what to call with the outcome: why it failed, or undefined. */
  begin(kept: boolean): (failure: string | undefined) => void {
    const startedAt = performance.now();
    // Two requests may begin in one microsecond; whose time stays does not matter.
    this.#pending.add(startedAt);
    if (!kept) this.#sent += 1;
    return (failure) => {
      this.#pending.delete(startedAt);
      if (failure === undefined) {
        if (!kept) this.#answered(startedAt);
        return;
      }
      this.#lastTroubleAt = performance.now();
      if (this.#reasons.size < mostReasons) this.#reasons.add(failure);
      if (kept) this.#keptFailed += 1;
      else this.#failed += 1;
    };
  }

  /** Since when nothing has failed, and nothing has waited for long; a time of performance.now(). */
  troubleAt(longMs: number): number {
    const oldest = Math.min(...this.#pending);
    return performance.now() - oldest > longMs ? performance.now() : this.#lastTroubleAt;
  }

  report(): WindowReport {
    return {
      sent: this.#sent,
      failed: this.#failed,
      keptFailed: this.#keptFailed,
      gapMs: Math.max(this.#gapMs, performance.now() - this.#lastAnswerAt),
      slowestMs: this.#slowestMs,
      reasons: [...this.#reasons],
    };
  }

  #answered(startedAt: number): void {
    const now = performance.now();
    this.#slowestMs = Math.max(this.#slowestMs, now - startedAt);
    this.#gapMs = Math.max(this.#gapMs, now - this.#lastAnswerAt);
    this.#lastAnswerAt = now;
  }
}
