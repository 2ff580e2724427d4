/** How long to wait before trying again. */

export interface BackOffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A number from 0 up to 1, for the jitter. */
  readonly random: () => number;
}

export interface BackOff {
  /** The next wait: twice the last one, up to the largest, less up to half of it at random so that clients spread out. */
  nextMs(): number;
  /** All is well: the next wait is the first one again. */
  reset(): void;
}

export function createBackOff({ firstMs, maxMs, random }: BackOffOptions): BackOff {
  let current = firstMs;
  return {
    nextMs() {
      const wait = current * (1 - random() / 2);
      current = Math.min(current * 2, maxMs);
      return wait;
    },
    reset() {
      current = firstMs;
    },
  };
}
