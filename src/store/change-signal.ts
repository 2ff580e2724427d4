/** ChangeSignal: wakes everybody who waits for the next change. */

export interface ChangeSignal {
  fire(): void;
  /** Resolves at the next `fire`, or when the signal fires. */
  next(signal: AbortSignal): Promise<void>;
}

export function createChangeSignal(): ChangeSignal {
  let waiting = new Set<() => void>();
  return {
    fire() {
      const all = waiting;
      waiting = new Set();
      for (const wake of all) wake();
    },
    next(signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    },
  };
}
