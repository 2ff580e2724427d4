/** What happened to the chosen Service while one looks at it, each change by itself: in the whole cluster's timeline it may be one of many. */
import { effect } from "@preact/signals";
import { describeServiceChange } from "../../model/describe-changes.ts";
import type { ServiceRow, TimelineEntry } from "../../model/rows.ts";
import { selected } from "./selection.ts";

const mostEntries = 200;

let since = 0;
let entries: readonly TimelineEntry[] = [];
let lastId = 0;

effect(() => {
  void selected.value;
  since = Date.now();
  entries = [];
});

/** Takes up what changed of the chosen Service; others' changes are nothing to it. */
export function noteOwnChange(previous: ServiceRow | undefined, next: ServiceRow): void {
  if (next.key !== selected.value || !previous) return;
  const at = Date.now();
  // The server's ids count upwards from 1.
  const news = describeServiceChange(previous, next).map((happening) => ({
    ...happening,
    id: --lastId,
    at,
    count: 1,
  }));
  if (news.length > 0) entries = [...entries, ...news].slice(-mostEntries);
}

/** From the whole cluster's timeline what happened before one looked, and everything since. Newest last. */
export function ownTimeline(timeline: readonly TimelineEntry[], key: string): readonly TimelineEntry[] {
  const before = timeline.filter(({ object, at }) => object === `Service ${key}` && at < since);
  return [...before, ...entries];
}
