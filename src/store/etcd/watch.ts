/** Watching: a reader that keeps up is served from the hub, one that has fallen behind by a watch of its own until it has caught up. */
import { createBackOff } from "../../lib/back-off.ts";
import { systemClock } from "../../lib/clock.ts";
import { wait } from "../../lib/wait.ts";
import { CompactedError, type StoreEvent, type WatchBatch } from "../store.ts";
import type { EventHub, EventSource } from "./event-hub.ts";

export interface WatchSource {
  readonly hub: EventHub;
  readonly events: EventSource;
  /** History up to here was forgotten at the word of this process. */
  compacted(): number;
}

export async function* watchStore(
  { hub, events, compacted }: WatchSource,
  prefix: string,
  afterRevision: number,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const backOff = createBackOff({ firstMs: 20, maxMs: 1000, random: Math.random });
  let reached = afterRevision;
  if (reached < compacted()) throw new CompactedError(reached, compacted());
  while (!signal.aborted && !hub.isStopped()) {
    const known = hub.after(reached);
    if (known?.length === 0) await hub.changed(signal);
    else if (known) {
      const batch = batchOf(known, prefix);
      reached = batch.revision;
      yield batch;
    } else {
      try {
        for await (const missed of events.read(reached, signal)) {
          const batch = batchOf(missed, prefix);
          reached = batch.revision;
          yield batch;
          backOff.reset();
          if (hub.isStopped() || hub.after(reached)) break;
        }
      } catch (error) {
        if (error instanceof CompactedError) throw error;
        await wait(systemClock, backOff.nextMs(), signal);
      }
    }
  }
}

function batchOf(events: readonly StoreEvent[], prefix: string): WatchBatch {
  return {
    events: events.filter(({ key }) => key.startsWith(prefix)),
    revision: events.at(-1)?.revision ?? 0,
  };
}
