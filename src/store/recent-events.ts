/** RecentEvents: the newest events in memory, so that a watcher that keeps up never touches the disk. */
import type { StoreEvent } from "./store.ts";

export interface RecentEventsLimits {
  readonly maxEvents: number;
  /** Keys and values together, in characters. */
  readonly maxCharacters: number;
}

export interface RecentEvents {
  /** NOTE: all events of one revision at once, revisions in order. */
  push(events: readonly StoreEvent[]): void;
  /**
   * Events after the revision, oldest first, at most about `limit` and whole revisions only; undefined if some of them
   * are no longer held.
   */
  after(revision: number, limit: number): readonly StoreEvent[] | undefined;
}

interface Recorded {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
  readonly characters: number;
}

/** `startRevision`: nothing was recorded up to and including it. */
export function createRecentEvents(startRevision: number, limits: RecentEventsLimits): RecentEvents {
  let commits: (Recorded | undefined)[] = [];
  /** Everything before this index is forgotten and undefined; the array itself is cut from time to time. */
  let first = 0;
  let forgottenUpTo = startRevision;
  let events = 0;
  let characters = 0;

  function forgetOldest(): void {
    const oldest = commits[first];
    if (!oldest) return;
    commits[first] = undefined;
    first += 1;
    forgottenUpTo = oldest.revision;
    events -= oldest.events.length;
    characters -= oldest.characters;
    if (first > 1024 || first === commits.length) {
      commits = commits.slice(first);
      first = 0;
    }
  }

  return {
    push(added) {
      const revision = added[0]?.revision;
      if (revision === undefined) return;
      const size = added.reduce((sum, event) => sum + charactersOf(event), 0);
      commits.push({ revision, events: added, characters: size });
      events += added.length;
      characters += size;
      while (events > limits.maxEvents || characters > limits.maxCharacters) forgetOldest();
    },
    after(revision, limit) {
      if (revision < forgottenUpTo) return undefined;
      const found: StoreEvent[] = [];
      for (let index = firstAfter(commits, first, revision); index < commits.length; index++) {
        if (found.length >= limit) break;
        found.push(...(commits[index]?.events ?? []));
      }
      return found;
    },
  };
}

/** Index of the first commit after the revision, by bisection. */
function firstAfter(commits: readonly (Recorded | undefined)[], from: number, revision: number): number {
  let low = from;
  let high = commits.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((commits[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

function charactersOf(event: StoreEvent): number {
  const value = event.type === "put" ? event.value.length : 0;
  return event.key.length + value + (event.previous?.value.length ?? 0);
}
