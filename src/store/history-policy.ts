/** HistoryPolicy: how much history a store keeps, and the loop that holds it to that. */
import type { Clock } from "../lib/clock.ts";
import type { Store } from "./store.ts";

export interface HistoryPolicy {
  /** History older than this is forgotten. */
  readonly maxAgeMs: number;
  /** At most so many revisions are kept, however young they are. */
  readonly maxRevisions: number;
  /** How often to look. */
  readonly intervalMs: number;
}

/** kube-apiserver has etcd forget what is older than five minutes. */
export const defaultHistoryPolicy: HistoryPolicy = {
  maxAgeMs: 5 * 60_000,
  maxRevisions: 100_000,
  intervalMs: 60_000,
};

export interface HistoryKeeper {
  /** Stops the loop, and waits for a compaction that is under way. */
  stop(): Promise<void>;
}

/** `failed` hears of compactions that failed; the next one is tried at the usual time. */
export function keepHistory(
  store: Pick<Store, "revision" | "compact">,
  clock: Clock,
  policy: HistoryPolicy,
  failed: (error: unknown) => void,
): HistoryKeeper {
  /** What the newest revision was at each look, oldest first. */
  let seen: { readonly atMs: number; readonly revision: number }[] = [];
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = schedule();

  function schedule(): () => void {
    return clock.after(policy.intervalMs, () => {
      running = look()
        .catch(failed)
        .finally(() => {
          if (!stopped) cancel = schedule();
        });
    });
  }

  async function look(): Promise<void> {
    const now = clock.now();
    const revision = await store.revision();
    const old = seen.findLast(({ atMs }) => atMs <= now - policy.maxAgeMs);
    const upTo = Math.max(old?.revision ?? 0, revision - policy.maxRevisions);
    seen = [...seen.filter(({ atMs }) => atMs > now - policy.maxAgeMs), { atMs: now, revision }];
    if (upTo > 0) await store.compact(upTo);
  }

  return {
    stop() {
      stopped = true;
      cancel();
      return running;
    },
  };
}
