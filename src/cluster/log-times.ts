/** LogTimes: when which part of a log was written; programs write their logs themselves, and without times. Pure. */

interface Seen {
  /** Offset behind the part. */
  readonly end: number;
  readonly atMs: number;
}

const maxParts = 2048;

export class LogTimes {
  #parts: Seen[] = [];

  /** The log has grown, or was emptied and has grown since. */
  note(size: number, atMs: number): void {
    const end = this.#parts.at(-1)?.end ?? 0;
    if (size < end) this.#parts = [];
    if (size === end || size === 0) return;
    this.#parts.push({ end: size, atMs });
    // Old parts are told less exactly: each one together with the next.
    if (this.#parts.length > maxParts)
      this.#parts = this.#parts.filter((_, index) => index % 2 === 1 || index > maxParts / 2);
  }

  /** When the byte at the offset was seen first; `nowMs` for one that was not seen yet. */
  timeOf(offset: number, nowMs: number): number {
    return this.#parts[this.#firstPart(({ end }) => end > offset)]?.atMs ?? nowMs;
  }

  /** Where that starts which was written at this time or later. */
  offsetSince(ms: number): number {
    const index = this.#firstPart(({ atMs }) => atMs >= ms);
    return this.#parts[index - 1]?.end ?? 0;
  }

  /** Binary search: both fields only grow. */
  #firstPart(isBehind: (part: Seen) => boolean): number {
    let low = 0;
    let high = this.#parts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const part = this.#parts[middle];
      if (part && isBehind(part)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
