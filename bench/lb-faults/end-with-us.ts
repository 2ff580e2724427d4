/** What must not outlive the bench, however that ends: a signal's handler has no time to wait for it. */

const alive = new Map<number, NodeJS.Signals>();

process.on("exit", () => {
  for (const [pid, signal] of alive) {
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone.
    }
  }
});

/** Sends the signal to the process, with a minus to its group, when this one ends. Returns what is to be called when it has ended. */
export function endWithUs(pid: number, signal: NodeJS.Signals): () => void {
  alive.set(pid, signal);
  return () => alive.delete(pid);
}
