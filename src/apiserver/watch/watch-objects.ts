/** Watch: the lines of a watch, as they happen. */
import { CompactedError, type StoreEvent } from "../../store/store.ts";
import { expired } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { storagePrefix } from "../registry/storage-key.ts";
import type { ListOptions } from "../request/list-options.ts";
import type { ObjectForm } from "../response/object-form.ts";
import { listObjects, requireKnownRevision } from "../verbs/list-objects.ts";
import { createObjectFilter, type ObjectFilter } from "../verbs/object-filter.ts";
import { bookmarkText } from "./bookmark.ts";
import { eventLine, eventText, eventTypeFor } from "./event-text.ts";

export interface WatchLines {
  /** May be "": then only the revision moved on. */
  readonly text: string;
  /** All events up to this one have been told. */
  readonly revision: number;
}

export interface ObjectWatch {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  readonly options: ListOptions;
  readonly form: ObjectForm;
}

/**
 * Resolves with the lines of a watch, a batch at a time, until the signal fires. Throws ApiStatusError when the request is
 * wrong. History that is gone is told as an ERROR event, and ends the watch.
 */
export async function openWatch(
  registry: Registry,
  watch: ObjectWatch,
  signal: AbortSignal,
): Promise<AsyncGenerator<WatchLines>> {
  const filter = createObjectFilter(watch.kind, watch.options);
  const initial = await initialEvents(registry, watch);
  const after = initial?.lines.revision ?? (await startRevision(registry, watch.options));
  return watchLines(registry, watch, filter, initial, after, signal);
}

async function* watchLines(
  registry: Registry,
  { kind, namespace, form }: ObjectWatch,
  filter: ObjectFilter,
  initial: InitialEvents | undefined,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<WatchLines> {
  if (initial) yield initial.lines;
  const isFirst = { value: !initial?.hasEvents };
  try {
    for await (const batch of registry.store.watch(storagePrefix(kind.storage, namespace), after, signal)) {
      yield { text: batchText(batch.events, kind, form, filter, isFirst), revision: batch.revision };
    }
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    const gone = expired(`too old resource version: ${error.requested} (${error.oldest})`);
    yield { text: eventLine("ERROR", JSON.stringify(gone.status)), revision: after };
  }
}

interface InitialEvents {
  readonly lines: WatchLines;
  readonly hasEvents: boolean;
}

/** Without a resourceVersion, or with 0, a watch begins with what exists. */
async function initialEvents(registry: Registry, watch: ObjectWatch): Promise<InitialEvents | undefined> {
  const { kind, namespace, options, form } = watch;
  const { resourceVersion = 0, sendInitialEvents } = options;
  if (sendInitialEvents === false || (resourceVersion > 0 && !sendInitialEvents)) return undefined;
  if (resourceVersion > 0) await requireKnownRevision(registry, resourceVersion);
  const wanted: ListOptions = { ...options, limit: 0, continue: "", resourceVersionMatch: "" };
  const { objects, metadata } = await listObjects(registry, kind, namespace, wanted);
  const lines = objects.map((object, index) => eventLine("ADDED", form.single(object, index === 0)));
  if (sendInitialEvents && options.allowWatchBookmarks) {
    lines.push(bookmarkText(kind, form, metadata.revision, { endsInitialEvents: true }));
  }
  return { lines: { text: lines.join(""), revision: metadata.revision }, hasEvents: objects.length > 0 };
}

async function startRevision({ store }: Registry, { resourceVersion = 0 }: ListOptions): Promise<number> {
  return resourceVersion > 0 ? resourceVersion : store.revision();
}

function batchText(
  events: readonly StoreEvent[],
  kind: ServedKind,
  form: ObjectForm,
  filter: ObjectFilter,
  isFirst: { value: boolean },
): string {
  let text = "";
  for (const event of events) {
    const type = eventTypeFor(event, kind, filter);
    if (type === undefined) continue;
    text += eventText(event, type, form, isFirst.value);
    isFirst.value = false;
  }
  return text;
}
