/** EventHub: one watch on etcd for all watchers of this process, with the newest events in memory. Opened again as often as it ends. */
import { createBackOff } from "../../lib/back-off.ts";
import { systemClock } from "../../lib/clock.ts";
import { wait } from "../../lib/wait.ts";
import { createChangeSignal } from "../change-signal.ts";
import { createRecentEvents } from "../recent-events.ts";
import { CompactedError, type StoreEvent } from "../store.ts";

export interface EventHub {
  /** Events after the revision, as far as they are known; undefined if some of them are no longer held. */
  after(revision: number): readonly StoreEvent[] | undefined;
  /** Resolves when there are newer events, the hub is stopped, or the signal fires. */
  changed(signal: AbortSignal): Promise<void>;
  isStopped(): boolean;
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface EventSource {
  /** See `readEvents`. */
  read(after: number, signal: AbortSignal): AsyncIterable<readonly StoreEvent[]>;
  /** The newest revision. */
  revision(): Promise<number>;
}

const limits = { maxEvents: 2048, maxCharacters: 8 << 20 };
const eventsPerBatch = 500;
const backOffOptions = { firstMs: 20, maxMs: 1000, random: Math.random };

export function startEventHub(source: EventSource, startRevision: number): EventHub {
  const stopping = new AbortController();
  const { signal } = stopping;
  const changes = createChangeSignal();
  const backOff = createBackOff(backOffOptions);
  let recent = createRecentEvents(startRevision, limits);
  let reached = startRevision;

  /** What was missed is gone: watchers that have not seen it find out when they ask etcd themselves. */
  async function startAgain(): Promise<void> {
    reached = await source.revision();
    recent = createRecentEvents(reached, limits);
    changes.fire();
  }

  async function follow(): Promise<void> {
    for await (const events of source.read(reached, signal)) {
      for (const commit of Map.groupBy(events, ({ revision }) => revision).values()) recent.push(commit);
      reached = events.at(-1)?.revision ?? reached;
      changes.fire();
      backOff.reset();
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await follow();
      } catch (error) {
        if (error instanceof CompactedError) await startAgain().catch(() => {});
        await wait(systemClock, backOff.nextMs(), signal);
      }
    }
  }

  const running = run();
  return {
    after: (revision) => recent.after(revision, eventsPerBatch),
    changed: changes.next,
    isStopped: () => signal.aborted,
    stop() {
      stopping.abort();
      changes.fire();
      return running;
    },
  };
}
