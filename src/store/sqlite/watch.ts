/** Watching: recent events come from memory, older ones from the log, and a slow reader costs nothing but its position. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecentEvents } from "../recent-events.ts";
import { CompactedError, type StoreEvent, type WatchBatch } from "../store.ts";
import { keyRange } from "./read-state.ts";
import { firstIdOf, revisionOf } from "./schema.ts";
import type { HistoryRow, NumberRow, Statements } from "./statements.ts";

export interface WatchSource {
  readonly statements: Statements;
  readonly recent: RecentEvents;
  revision(): number;
  /** The oldest revision that can be read. */
  compacted(): number;
  isClosed(): boolean;
  /** Resolves when there is a newer revision, the store is closed, or the signal fires. */
  changed(signal: AbortSignal): Promise<void>;
}

const eventsPerBatch = 500;
const charactersPerBatch = 1 << 20;

export async function* watchStore(
  source: WatchSource,
  prefix: string,
  afterRevision: number,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  let reached = afterRevision;
  if (reached < source.compacted()) throw new CompactedError(reached, source.compacted());
  while (!signal.aborted && !source.isClosed()) {
    if (reached >= source.revision()) {
      await source.changed(signal);
      continue;
    }
    const recent = source.recent.after(reached, eventsPerBatch);
    const batch = recent ? fromMemory(source, recent, prefix) : fromLog(source, prefix, reached);
    reached = batch.revision;
    yield batch;
    if (!recent) await nextTurn();
  }
}

function fromMemory(source: WatchSource, recent: readonly StoreEvent[], prefix: string): WatchBatch {
  return {
    events: recent.filter(({ key }) => key.startsWith(prefix)),
    revision: recent.at(-1)?.revision ?? source.revision(),
  };
}

function fromLog(source: WatchSource, prefix: string, reached: number): WatchBatch {
  if (reached < source.compacted()) throw new CompactedError(reached, source.compacted());
  const { statements } = source;
  const from = firstIdOf(reached + 1);
  const windowEnd = statements.get<NumberRow>("windowEnd", from, eventsPerBatch)?.number;
  if (windowEnd === null || windowEnd === undefined) return { events: [], revision: source.revision() };
  const last = revisionOf(windowEnd);
  const events: StoreEvent[] = [];
  let characters = 0;
  const rows = statements.iterate<HistoryRow>("history", ...keyRange(prefix), from, firstIdOf(last + 1));
  for (const row of rows) {
    const event = eventOf(row);
    const before = events.at(-1);
    if (before && characters > charactersPerBatch && before.revision < event.revision) {
      return { events, revision: before.revision };
    }
    events.push(event);
    characters += row.key.length + (row.value?.length ?? 0) + (row.previousValue?.length ?? 0);
  }
  return { events, revision: last };
}

function eventOf({ id, key, live, value, previousId, previousValue }: HistoryRow): StoreEvent {
  const revision = revisionOf(id);
  const previous =
    previousId === null || previousValue === null
      ? {}
      : { previous: { key, value: previousValue, revision: revisionOf(previousId) } };
  return live === 1
    ? { type: "put", revision, key, value: value ?? "", ...previous }
    : { type: "delete", revision, key, ...previous };
}
