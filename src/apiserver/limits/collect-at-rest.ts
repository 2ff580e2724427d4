/** Garbage is collected when the server rests: V8 does so by itself only when it allocates, and a server that rests after a burst does not. */

/** What a large cluster's lists and watches leave behind; less is not worth a pause. */
const worthwhileBytes = 24 << 20;
const restMs = 2_000;

export interface RestOptions {
  /** Bytes that the heap and what it holds outside of it take. */
  heapBytes(): number;
  collect(): void;
  /** Runs once after so long; must not keep the process alive. */
  after(delayMs: number, run: () => void): void;
}

/** The function tells of a request. NOTE: nothing runs while there are none. */
export function collectAtRest({ heapBytes, collect, after }: RestOptions): () => void {
  let afterCollection = heapBytes();
  let requests = 0;
  let isWaiting = false;

  function wait(seen: number): void {
    isWaiting = true;
    after(restMs, () => {
      if (requests !== seen) return wait(requests);
      isWaiting = false;
      if (heapBytes() < afterCollection + worthwhileBytes) return;
      collect();
      afterCollection = heapBytes();
    });
  }

  return () => {
    requests += 1;
    if (!isWaiting) wait(requests);
  };
}
