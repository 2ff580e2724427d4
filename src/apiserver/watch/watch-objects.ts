/** Watch: the lines of a watch, as they happen. */
import { CompactedError, type StoreEvent } from "../../store/store.ts";
import { expired } from "../errors.ts";
import { requireKnownRevision } from "../registry/known-revision.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { storagePrefix } from "../registry/storage-key.ts";
import type { ListOptions } from "../request/list-options.ts";
import type { ObjectForm } from "../response/object-form.ts";
import { createObjectFilter, type ObjectFilter } from "../verbs/object-filter.ts";
import { bookmarkText } from "./bookmark.ts";
import { eventLine, eventText, eventTypeFor } from "./event-text.ts";
import { type InitialSnapshot, initialSnapshot } from "./initial-snapshot.ts";

export interface WatchLines {
  /** May be "": then only the revision moved on. */
  readonly text: string | Buffer;
  /** All events up to this one have been told; absent while that is not so. */
  readonly revision?: number;
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
  const snapshot = await startingSnapshot(registry, watch);
  const after = snapshot?.revision ?? (await startRevision(registry, watch.options));
  return watchLines(registry, watch, filter, snapshot, after, signal);
}

async function* watchLines(
  registry: Registry,
  watch: ObjectWatch,
  filter: ObjectFilter,
  snapshot: InitialSnapshot | undefined,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<WatchLines> {
  const { kind, namespace, options, form } = watch;
  for (const chunk of snapshot?.chunks ?? []) yield { text: chunk };
  const ends = snapshot && options.sendInitialEvents && options.allowWatchBookmarks;
  const bookmark = ends ? bookmarkText(kind, form, after, { endsInitialEvents: true }) : "";
  yield { text: bookmark, revision: after };
  const isFirst = { value: snapshot?.isEmpty ?? true };
  try {
    for await (const batch of registry.store.watch(storagePrefix(kind.storage, namespace), after, signal)) {
      yield { text: batchText(batch.events, kind, form, filter, isFirst), revision: batch.revision };
    }
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    const gone = expired(`too old resource version: ${error.requested} (${error.oldest})`);
    yield { text: eventLine("ERROR", JSON.stringify(gone.status)) };
  }
}

/** Without a resourceVersion, or with 0, a watch begins with what exists. */
async function startingSnapshot(
  registry: Registry,
  watch: ObjectWatch,
): Promise<InitialSnapshot | undefined> {
  const { resourceVersion = 0, sendInitialEvents } = watch.options;
  // After a restore from a backup: whoever waited for the revision to come again would miss all changes until then.
  if (resourceVersion > 0) await requireKnownRevision(registry, resourceVersion);
  if (sendInitialEvents === false || (resourceVersion > 0 && !sendInitialEvents)) return undefined;
  return initialSnapshot(registry, watch);
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
