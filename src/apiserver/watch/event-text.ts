/** The text of a watch event, made once for all watchers that get the same. */
import type { KubeObject } from "../../api/meta.ts";
import type { StoreEvent } from "../../store/store.ts";
import { decodeObject } from "../registry/object-text.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectForm, StoredText } from "../response/object-form.ts";
import type { ObjectFilter } from "../verbs/object-filter.ts";

export type EventType = "ADDED" | "MODIFIED" | "DELETED";

/**
 * What the event is to somebody who sees only objects that pass the filter: one that begins to pass is ADDED, one that
 * ceases to is DELETED. undefined: nothing.
 */
export function eventTypeFor(
  event: StoreEvent,
  kind: ServedKind,
  filter: ObjectFilter,
): EventType | undefined {
  const now = event.type === "put" && (filter.passesAll || filter.passes(currentObject(event, kind)));
  const before =
    event.previous !== undefined && (filter.passesAll || filter.passes(previousObject(event, kind)));
  if (now) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}

interface EventCache {
  current?: KubeObject;
  previous?: KubeObject;
  readonly texts: Map<string, string>;
}

const caches = new WeakMap<StoreEvent, EventCache>();

function cacheOf(event: StoreEvent): EventCache {
  let cache = caches.get(event);
  if (!cache) {
    cache = { texts: new Map() };
    caches.set(event, cache);
  }
  return cache;
}

function currentObject(event: StoreEvent, kind: ServedKind): KubeObject {
  const cache = cacheOf(event);
  cache.current ??= decodeObject(event.type === "put" ? event.value : "{}", event.revision, kind.stored);
  return cache.current;
}

function previousObject(event: StoreEvent, kind: ServedKind): KubeObject {
  const cache = cacheOf(event);
  cache.previous ??= decodeObject(event.previous?.value ?? "{}", event.revision, kind.stored);
  return cache.previous;
}

/** A line. A DELETED event shows the last state, with the revision of the event. */
export function eventText(event: StoreEvent, type: EventType, form: ObjectForm, isFirst: boolean): string {
  const { texts } = cacheOf(event);
  const key = `${type} ${isFirst} ${form.key}`;
  let text = texts.get(key);
  if (text === undefined) {
    text = eventLine(type, form.single(shownState(event, type), isFirst));
    texts.set(key, text);
  }
  return text;
}

export function eventLine(type: EventType | "BOOKMARK" | "ERROR", objectText: string): string {
  return `{"type":"${type}","object":${objectText}}\n`;
}

function shownState(event: StoreEvent, type: EventType): StoredText {
  const text = type === "DELETED" || event.type === "delete" ? (event.previous?.value ?? "") : event.value;
  return { text, revision: event.revision };
}
