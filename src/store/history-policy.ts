/** HistoryPolicy: how much history a store keeps, and the loop that holds it to that. */
import type { Clock } from "../lib/clock.ts";
import type { Store } from "./store.ts";

export interface HistoryPolicy {
  /** History older than this is forgotten, in steps of `stepMs`. */
  readonly maxAgeMs: number;
  readonly stepMs: number;
  /** At most so many revisions are kept, however young they are. */
  readonly maxRevisions: number;
  /** So many characters of values, where the store can count them: large objects fill a disk with few revisions. */
  readonly maxCharacters: number;
  /** How often to look: what is written in that time may come on top. */
  readonly intervalMs: number;
}

/** kube-apiserver has etcd forget what is older than five minutes, each five minutes. */
export const defaultHistoryPolicy: HistoryPolicy = {
  maxAgeMs: 5 * 60_000,
  stepMs: 60_000,
  maxRevisions: 100_000,
  maxCharacters: 512 << 20,
  intervalMs: 10_000,
};

export interface HistoryKeeper {
  /** Stops the loop, and waits for a compaction that is under way. */
  stop(): Promise<void>;
}

/** How far the store was at one look. */
interface Sighting {
  readonly atMs: number;
  readonly revision: number;
  readonly written: number;
}

/** `failed` hears of compactions that failed; the next one is tried at the usual time. */
export function keepHistory(
  store: Pick<Store, "revision" | "compact" | "written">,
  clock: Clock,
  policy: HistoryPolicy,
  failed: (error: unknown) => void,
): HistoryKeeper {
  /** Oldest first; one at most is older than the policy's age. */
  let seen: readonly Sighting[] = [];
  let forgotten = { revision: 0, atMs: Number.NEGATIVE_INFINITY };
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
    const now: Sighting = {
      atMs: clock.now(),
      revision: await store.revision(),
      written: store.written?.() ?? 0,
    };
    const oldest = seen.findLastIndex(({ atMs }) => atMs <= now.atMs - policy.maxAgeMs);
    seen = [...seen.slice(Math.max(oldest, 0)), now];
    const upTo = historyStart(seen, now, policy, now.atMs - forgotten.atMs >= policy.stepMs);
    if (upTo <= forgotten.revision) return;
    await store.compact(upTo);
    forgotten = { revision: upTo, atMs: now.atMs };
  }

  return {
    stop() {
      stopped = true;
      cancel();
      return running;
    },
  };
}

/** Up to where to forget; 0 for nothing. */
function historyStart(
  seen: readonly Sighting[],
  now: Sighting,
  policy: HistoryPolicy,
  byAge: boolean,
): number {
  const old = seen.findLast(({ atMs }) => atMs <= now.atMs - policy.maxAgeMs);
  const tooMuch = seen.findLast(({ written }) => now.written - written > policy.maxCharacters);
  const tooMany = now.revision - policy.maxRevisions;
  return Math.max((byAge && old?.revision) || 0, tooMuch?.revision ?? 0, tooMany, 0);
}
