/** Timeline: what happened lately. A bounded number of entries, and a bounded number of new ones in each second. */
import type { Happening } from "./describe-changes.ts";
import type { TimelineEntry } from "./rows.ts";

const mostEntries = 400;
/** What happens beyond it in one second is told in one sentence. */
const mostPerSecond = 8;
const secondMs = 1000;

export class Timeline {
  readonly #entries = new Map<number, TimelineEntry>();
  #nextId = 1;
  #secondAt = 0;
  #toldInSecond = 0;
  #rest: { readonly id: number; count: number; readonly objects: Set<string> } | undefined;

  /** Oldest first. */
  get entries(): readonly TimelineEntry[] {
    return [...this.#entries.values()];
  }

  /** Returns the entry that tells it: a new one, or one that now tells of it, too. */
  add({ object, text, tone }: Happening, nowMs: number): TimelineEntry {
    if (nowMs - this.#secondAt >= secondMs) {
      this.#secondAt = nowMs;
      this.#toldInSecond = 0;
      this.#rest = undefined;
    }
    this.#toldInSecond += 1;
    if (this.#toldInSecond <= mostPerSecond)
      return this.#keep({ id: this.#nextId++, at: nowMs, count: 1, object, text, tone });
    this.#rest ??= { id: this.#nextId++, count: 0, objects: new Set() };
    const { id, objects } = this.#rest;
    objects.add(object);
    this.#rest.count += 1;
    const summary = `${this.#rest.count} more changes of ${objects.size} objects`;
    return this.#keep({
      id,
      at: this.#secondAt,
      count: this.#rest.count,
      object: "",
      text: summary,
      tone: "neutral",
    });
  }

  #keep(entry: TimelineEntry): TimelineEntry {
    this.#entries.set(entry.id, entry);
    if (this.#entries.size > mostEntries) {
      const [oldest = 0] = this.#entries.keys();
      this.#entries.delete(oldest);
    }
    return entry;
  }
}
